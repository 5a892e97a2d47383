using Gateway.Host.Core;
using Microsoft.Data.Sqlite;

namespace Gateway.Host.Access;

/// <summary>Where a request for an account comes from, as far as accounts care.</summary>
/// <param name="From">The client's place.</param>
/// <param name="OverHttps">Whether it came over HTTPS.</param>
/// <param name="Device">Browser and system, in words.</param>
/// <param name="OldCookie">The session that the client already has, which a new one replaces.</param>
internal sealed record Visitor(ClientOrigin From, bool OverHttps, string Device, string? OldCookie);

/// <summary>
/// What happens to accounts, each on the disk with its line in the audit log before anybody sees it. The passwords have been judged
/// before; here is what must not happen twice at once, under one lock.
/// </summary>
internal sealed class Accounts(AuditLog audit, People people, Sessions sessions, Tokens tokens, Invitations invitations, ClaimCode claimCode, TimeProvider time)
{
    private readonly Lock _lock = new();

    /// <summary>The first owner; null when somebody was faster.</summary>
    public (Session Session, string Secret)? Claim(string name, string passwordHash, Visitor visitor)
    {
        lock (_lock)
        {
            // After "owner reset" members are still here, and an owner is not made of one of them.
            if (people.IsClaimed || people.Find(name) is not null) return null;
            return Join(NewPerson(name, Roles.Owner, passwordHash), visitor, "gateway.claimed", c => ClaimCode.Write(c, null), () => claimCode.Put(null));
        }
    }

    /// <summary>A person by invitation; null when the invitation or the name has just been taken.</summary>
    public (Session Session, string Secret)? Join(Invitation invitation, string name, string passwordHash, Visitor visitor)
    {
        lock (_lock)
        {
            if (!invitations.IsOpen(invitation) || people.Find(name) is not null || people.All.Count >= People.Most) return null;
            return Join(NewPerson(name, invitation.Role, passwordHash), visitor, "person.joined", c => Invitations.Delete(c, [invitation]), () => invitations.End([invitation]));
        }
    }

    /// <summary>A new session; the device's old one ends, so that nobody can prepare a session for somebody else. Null when the person has just gone.</summary>
    public (Session Session, string Secret)? SignIn(Person person, Visitor visitor)
    {
        lock (_lock)
        {
            if (people.Find(person.Name) is not { } current || current.PasswordHash != person.PasswordHash) return null;
            return Join(current with { LastSeen = time.GetUtcNow() }, visitor, "session.created", null, null);
        }
    }

    public void EndSession(Session session, string who, ClientOrigin from) => Locked(() =>
    {
        audit.Security(who, from, "session.ended", session.Caller.Name, c => Sessions.Delete(c, [session]));
        sessions.End([session]);
    });

    /// <summary>The new password; every other session of that person ends.</summary>
    public void ChangePassword(Person person, string passwordHash, string keptSession, ClientOrigin from) => Locked(() =>
    {
        if (people.Find(person.Name) is not { } current) return;
        var changed = current with { PasswordHash = passwordHash };
        Session[] others = [.. sessions.Of(person).Where(s => s.Id != keptSession)];
        audit.Security(person.Name, from, "password.changed", person.Name, c =>
        {
            People.Write(c, changed);
            Sessions.Delete(c, others);
        });
        people.Put(changed);
        sessions.End(others);
    });

    /// <summary>The person goes, with the sessions, and the tokens and open invitations that the person made. False for the last owner.</summary>
    public bool Remove(Person person, string who, ClientOrigin from)
    {
        lock (_lock)
        {
            if (person.Role == Roles.Owner && people.All.Count(p => p.Role == Roles.Owner) == 1) return false;
            End([person], [.. sessions.Of(person)], [.. tokens.All.Where(t => t.CreatedBy == person.Name)], [.. invitations.Open.Where(i => i.CreatedBy == person.Name)],
                null, who, from, "person.removed", person.Name);
            return true;
        }
    }

    /// <summary>
    /// For the owner who lost the password: everything with an owner's power ends (owners, all open invitations, tokens with the scope admin), and
    /// all sessions. Members and the household's tokens stay. Answers the new claim code.
    /// </summary>
    public string ResetOwner(ClientOrigin from)
    {
        lock (_lock)
        {
            var code = ClaimCode.NewCode();
            End([.. people.All.Where(p => p.Role == Roles.Owner)], [.. sessions.All], [.. tokens.All.Where(t => t.Caller.May(Scopes.Admin))], invitations.Open,
                code, "local", from, "owner.reset", "");
            claimCode.Put(code);
            return code;
        }
    }

    /// <summary>False when the name is taken or there are too many.</summary>
    public bool AddToken(Token token, string who, ClientOrigin from)
    {
        lock (_lock)
        {
            if (tokens.Find(token.Name) is not null || tokens.All.Count >= Tokens.Most) return false;
            audit.Security(who, from, "token.created", $"{token.Name}: {string.Join(' ', token.Scopes)}", c => Tokens.Write(c, token));
            tokens.Put(token);
            return true;
        }
    }

    public void EndToken(Token token, string who, ClientOrigin from) => Locked(() =>
    {
        audit.Security(who, from, "token.revoked", token.Name, c => Tokens.Delete(c, [token]));
        tokens.End([token]);
    });

    /// <summary>False when too many are open.</summary>
    public bool Invite(Invitation invitation, string who, ClientOrigin from)
    {
        lock (_lock)
        {
            if (invitations.Open.Count >= Invitations.Most) return false;
            audit.Security(who, from, "invitation.created", $"{invitation.Id}: {invitation.Role}", c => invitations.Write(c, invitation));
            invitations.Put(invitation);
            return true;
        }
    }

    public void EndInvitation(Invitation invitation, string who, ClientOrigin from) => Locked(() =>
    {
        audit.Security(who, from, "invitation.revoked", invitation.Id, c => Invitations.Delete(c, [invitation]));
        invitations.End([invitation]);
    });

    private (Session, string) Join(Person person, Visitor visitor, string what, Action<SqliteConnection>? also, Action? then)
    {
        var secret = Secrets.New();
        var session = sessions.New(secret, person, visitor.Device, visitor.From, visitor.OverHttps);
        var replaced = sessions.TooMany(person);
        if (visitor.OldCookie is { } cookie && sessions.Use(cookie, visitor.OverHttps) is { } old) replaced = [.. replaced, old];
        audit.Security(person.Name, visitor.From, what, person.Name, c =>
        {
            also?.Invoke(c);
            People.Write(c, person);
            Sessions.Delete(c, replaced);
            Sessions.Write(c, session);
        });
        then?.Invoke();
        people.Put(person);
        sessions.End(replaced);
        sessions.Put(session);
        return (session, secret);
    }

    private void End(IReadOnlyList<Person> who, IReadOnlyList<Session> theirSessions, IReadOnlyList<Token> theirTokens, IReadOnlyList<Invitation> theirInvitations,
        string? newCode, string by, ClientOrigin from, string what, string subject)
    {
        audit.Security(by, from, what, subject, c =>
        {
            foreach (var person in who) People.Delete(c, person);
            Sessions.Delete(c, theirSessions);
            Tokens.Delete(c, theirTokens);
            Invitations.Delete(c, theirInvitations);
            if (newCode is not null) ClaimCode.Write(c, newCode);
        });
        foreach (var person in who) people.Remove(person);
        sessions.End(theirSessions);
        tokens.End(theirTokens);
        invitations.End(theirInvitations);
    }

    private Person NewPerson(string name, string role, string passwordHash) => new(name, role, passwordHash, time.GetUtcNow(), time.GetUtcNow());

    private void Locked(Action action)
    {
        lock (_lock) action();
    }
}
