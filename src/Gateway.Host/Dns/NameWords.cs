using Gateway.Host.Core;

namespace Gateway.Host.Dns;

/// <summary>One plain sentence about a name, where nothing is wrong or the provider's servers disagree.</summary>
internal static class NameWords
{
    public static string Of(NameOptions name, PublishPlan plan, NameAddress v4, NameAddress v6, bool isSent)
    {
        if (!plan.IsOn) return "The gateway has no owner, so nothing is published.";
        var why = string.Join(' ', new[] { (v4, plan.V4.Words), (v6, plan.V6.Words) }.Where(f => f.Item1.Wanted is null).Select(f => f.Item2));
        if (plan.Wanted == default) return $"{name} leads nowhere now. {why}";
        if (v4.IsTrue && v6.IsTrue) return $"{name} leads to {plan.Wanted}, and every name server says so." + (why.Length > 0 ? " " + why : "");
        return isSent ? $"{name} is to lead to {plan.Wanted}; the provider has taken that, and its name servers are being asked." : $"{name} is to lead to {plan.Wanted}; the provider is being told.";
    }

    public static string NotTaken(NameOptions name, AddressPair wanted, NameCheck check)
    {
        if (check.IsNoSuchName) return $"The name servers know no such name as {name}. Is it spelt as at the provider?";
        var wrong = check.Answers.FirstOrDefault(a => a.V4.Counts && !a.V4.Addresses.SequenceEqual(Wanted(wanted.V4)) || a.V6.Counts && !a.V6.Addresses.SequenceEqual(Wanted(wanted.V6)));
        return $"The provider said yes to {wanted}, but {wrong?.Server.ToString() ?? "its name server"} {wrong?.Words ?? "does not say so"}.";
    }

    private static System.Net.IPAddress[] Wanted(System.Net.IPAddress? address) => address is null ? [] : [address];
}
