using Gateway.Host.Core;

namespace Gateway.Host.Tests.Core;

public sealed class SecondPortTests
{
    [Fact]
    public void It_is_open_as_long_as_any_way_in_wants_it()
    {
        var (port, changes) = (new SecondPort(), 0);
        using var watched = Microsoft.Extensions.Primitives.ChangeToken.OnChange(port.GetReloadToken, () => changes++);
        port.Want("ipv6", true);
        port.Want("portmap", true);
        port.Want("ipv6", true);
        port.Want("ipv6", false);
        Assert.Equal((true, 1), (port.IsWanted, changes));
        port.Want("ipv6", false);
        port.Want("portmap", false);
        Assert.Equal((false, 2), (port.IsWanted, changes));
    }
}
