using System.Net;
using System.Net.Http.Json;

namespace Gateway.Host.Tests.Access;

public sealed class AuditTests
{
    [Fact]
    public async Task Who_changed_what_is_told_the_owner_and_holds_no_secret()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var code = await gateway.ClaimCodeAsync();
        using var owner = await gateway.ClaimAsync();
        await gateway.Http.SignInAsync("Ana", "hunter2 hunter2");
        await gateway.Http.SignInAsync("my password in the name field", "x");
        using var program = await gateway.ProgramAsync("script", "lights:read");
        await owner.PatchAsJsonAsync("/api/lights/desk", new { state = "ON" });
        using var member = await gateway.JoinAsync("Bo");
        await owner.PostAsJsonAsync("/api/session/password", new { current = AccessClients.OwnerPassword, @new = "a whole new password" });
        await owner.DeleteAsync("/api/tokens/script");
        await owner.DeleteAsync("/api/people/Bo");
        await owner.DeleteAsync("/api/session");

        Assert.Equal(["session.ended", "person.removed", "token.revoked", "password.changed", "person.joined", "invitation.created", "light.commanded", "token.created",
            "session.refused", "session.refused", "gateway.claimed"], gateway.AuditedBy());
        var text = await gateway.Local.GetStringAsync("/api/audit?count=1000");
        foreach (var secret in new[] { code, AccessClients.OwnerPassword, "hunter2", "my password", program.DefaultRequestHeaders.Authorization!.Parameter! })
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, await gateway.Local.StatusAsync("/api/audit?count=0"));
    }

    [Fact]
    public async Task There_is_no_key_ring_that_would_go_to_the_home_folder()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        Assert.Null(gateway.App.Services.GetService(Type.GetType("Microsoft.AspNetCore.DataProtection.IDataProtectionProvider, Microsoft.AspNetCore.DataProtection.Abstractions", throwOnError: true)!));
    }
}
