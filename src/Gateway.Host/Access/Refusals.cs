using Gateway.Host.Core;

namespace Gateway.Host.Access;

/// <summary>Failed attempts in the audit log, at a rate that neither fills the log nor wears the card: those between are counted in the next line.</summary>
internal sealed class Refusals(AuditLog audit, TimeProvider time)
{
    private readonly TokenBuckets _lines = new(30, TimeSpan.FromMinutes(2), time, size: 1);
    private int _unsaid;

    /// <param name="subject">A name that exists here, never what a stranger typed: people type passwords into the wrong field.</param>
    public void Note(ClientOrigin from, string what, string subject)
    {
        if (_lines.Take("") is not null)
        {
            Interlocked.Increment(ref _unsaid);
            return;
        }
        var unsaid = Interlocked.Exchange(ref _unsaid, 0);
        audit.Security("anonymous", from, what, unsaid == 0 ? subject : $"{subject} (and {unsaid} refusals before)");
    }
}
