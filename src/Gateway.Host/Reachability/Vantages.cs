namespace Gateway.Host.Reachability;

/// <summary>Who looks at us now: put in and taken out by whoever knows them.</summary>
internal sealed class Vantages
{
    private readonly Lock _lock = new();
    private IReadOnlyList<IVantage> _all = [];
    private Action? _changed;

    /// <summary>All of them, at this moment.</summary>
    public IReadOnlyList<IVantage> All
    {
        get { lock (_lock) return _all; }
    }

    /// <summary>Puts one in, in the place of another of its name.</summary>
    public void Put(IVantage vantage) => Change(all => [.. all.Where(v => v.Name != vantage.Name), vantage]);

    /// <summary>Takes one out.</summary>
    public void Remove(string name) => Change(all => [.. all.Where(v => v.Name != name)]);

    /// <summary>Calls <paramref name="changed"/> after each change; it hands the change on and returns.</summary>
    public void OnChange(Action changed)
    {
        lock (_lock) _changed += changed;
    }

    private void Change(Func<IReadOnlyList<IVantage>, IReadOnlyList<IVantage>> change)
    {
        Action? changed;
        lock (_lock) (_all, changed) = (change(_all), _changed);
        changed?.Invoke();
    }
}
