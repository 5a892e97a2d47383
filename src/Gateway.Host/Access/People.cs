using System.Collections.Concurrent;
using Gateway.Host.Core;
using Microsoft.Data.Sqlite;

namespace Gateway.Host.Access;

/// <summary>The two roles. An owner may everything; a member what the household does.</summary>
internal static class Roles
{
    public const string Owner = "owner", Member = "member";

    public static IReadOnlyList<string> ScopesOf(string role) => role == Owner ? Scopes.All : Scopes.OfMember;
}

/// <summary>Somebody with a password.</summary>
internal sealed record Person(string Name, string Role, string PasswordHash, DateTimeOffset Created, DateTimeOffset LastSeen)
{
    public string Key => AccountRules.Key(Name);
}

/// <summary>Who lives here: in memory for reading, on the disk before a change is seen.</summary>
internal sealed class People
{
    /// <summary>More than a household; bounds the memory.</summary>
    public const int Most = 50;

    private readonly ConcurrentDictionary<string, Person> _all = new(StringComparer.Ordinal);

    private readonly StatusStore _status;

    public People(Database database, StatusStore status)
    {
        _status = status;
        database.Migrate("people", "CREATE TABLE person (key TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, password_hash TEXT NOT NULL, created TEXT NOT NULL, last_seen TEXT NOT NULL) WITHOUT ROWID;");
        foreach (var person in database.Read(c => c.Rows("SELECT name, role, password_hash, created, last_seen FROM person",
            r => new Person(r.GetString(0), r.GetString(1), r.GetString(2), DateTimeOffset.Parse(r.GetString(3)), DateTimeOffset.Parse(r.GetString(4))))))
        {
            _all[person.Key] = person;
        }
        Changed();
    }

    /// <summary>Whether the gateway has an owner.</summary>
    public bool IsClaimed { get; private set; }

    public IReadOnlyList<Person> All => [.. _all.Values.OrderBy(p => p.Created)];

    public Person? Find(string name) => _all.GetValueOrDefault(AccountRules.Key(name));

    /// <summary>The database's part of adding or changing a person.</summary>
    public static void Write(SqliteConnection c, Person person) => c.Execute(
        "INSERT INTO person VALUES ($key, $name, $role, $hash, $created, $seen) ON CONFLICT (key) DO UPDATE SET password_hash = $hash, last_seen = $seen",
        ("$key", person.Key), ("$name", person.Name), ("$role", person.Role), ("$hash", person.PasswordHash),
        ("$created", person.Created.ToString("O")), ("$seen", person.LastSeen.ToString("O")));

    /// <summary>The database's part of removing a person.</summary>
    public static void Delete(SqliteConnection c, Person person) => c.Execute("DELETE FROM person WHERE key = $key", ("$key", person.Key));

    /// <summary>Memory's part, once the disk has it.</summary>
    public void Put(Person person)
    {
        _all[person.Key] = person;
        Changed();
    }

    /// <summary>Memory's part, once the disk has it.</summary>
    public void Remove(Person person)
    {
        _all.TryRemove(person.Key, out _);
        Changed();
    }

    private void Changed()
    {
        IsClaimed = _all.Values.Any(p => p.Role == Roles.Owner);
        _status.Update(s => s with { IsClaimed = IsClaimed });
    }
}
