using System.Text;

namespace Gateway.Host.Access;

/// <summary>What names and passwords may be. Each rule answers null or what would be right, in words.</summary>
internal static class AccountRules
{
    public const int LongestName = 64, ShortestPassword = 10, LongestPasswordBytes = 256;

    /// <summary>Latin letters that look like, or turn into, another one when their case changes.</summary>
    private const string Deceptive = "ıĸŉſ";

    /// <summary>Names that the audit log gives to others than people.</summary>
    private static readonly string[] Reserved = ["local", "system", "gateway", "anonymous"];

    /// <summary>The commonest passwords of this length or more, and the ones of this house.</summary>
    private static readonly string[] Common =
    [
        "1234567890", "12345678910", "0123456789", "0987654321", "1q2w3e4r5t", "1qaz2wsx3edc", "qwertyuiop", "qwerty12345", "qwerty123456", "asdfghjkl1",
        "password12", "password123", "password1234", "passw0rd123", "passwordpassword", "iloveyou12", "iloveyou123", "administrator", "letmein123",
        "welcome123", "changeme123", "raspberrypi", "raspberry1", "raspberry123", "homegateway",
    ];

    /// <summary>How names are compared.</summary>
    public static string Key(string name) => name.ToLowerInvariant();

    /// <summary>
    /// Latin letters, digits and <c>. - _ '</c> and single spaces within: without other scripts no two names look the same, and without
    /// combining marks each has one spelling (this program carries no Unicode normalization).
    /// </summary>
    public static string? RefuseName(string? name)
    {
        if (string.IsNullOrEmpty(name)) return "A name is needed.";
        if (name.Length > LongestName) return $"At most {LongestName} characters.";
        if (!name.All(IsNameCharacter)) return "Only Latin letters, digits, spaces and . - _ ' can stand in a name.";
        if (name[0] == ' ' || name[^1] == ' ' || name.Contains("  ", StringComparison.Ordinal)) return "No space at an end, and no two together.";
        if (!name.Any(char.IsLetterOrDigit)) return "At least one letter or digit is needed.";
        return Reserved.Contains(Key(name), StringComparer.Ordinal) ? "That name is taken by the gateway itself." : null;
    }

    /// <summary>Length counts, not ingredients (NIST SP 800-63B, 3.1.1.2).</summary>
    public static string? RefusePassword(string? password, string name)
    {
        if (string.IsNullOrEmpty(password)) return "A password is needed.";
        if (password.EnumerateRunes().Count() < ShortestPassword) return $"At least {ShortestPassword} characters.";
        if (RefuseLength(password) is { } tooLong) return tooLong;
        var key = password.ToLowerInvariant();
        if (Common.Contains(key, StringComparer.Ordinal) || key.Distinct().Count() < 4) return "That is one of the first passwords anybody would try.";
        return key.Contains(Key(name), StringComparison.Ordinal) && key.Length - name.Length < 4 ? "The password must not be the name." : null;
    }

    /// <summary>The bound of what is hashed at all.</summary>
    public static string? RefuseLength(string password) =>
        Encoding.UTF8.GetByteCount(password) > LongestPasswordBytes ? $"At most {LongestPasswordBytes} bytes." : null;

    private static bool IsNameCharacter(char c) =>
        char.IsAsciiLetterOrDigit(c) || " .-_'".Contains(c) || (c is >= 'À' and <= 'ſ' && char.IsLetter(c) && !Deceptive.Contains(c));
}
