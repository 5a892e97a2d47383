namespace Gateway.Lab.Tests.Truth;

/// <summary>A fault that begins or is mended.</summary>
/// <param name="At">When, from the start.</param>
/// <param name="Fault">Which.</param>
/// <param name="Begins">Else it is mended.</param>
public sealed record Step(TimeSpan At, Fault Fault, bool Begins);

/// <summary>What goes wrong when: the same for the same seed.</summary>
public static class Schedule
{
    /// <summary>At first, and in the end, nothing is wrong for so long.</summary>
    public static readonly TimeSpan Calm = TimeSpan.FromSeconds(20), End = TimeSpan.FromSeconds(45);

    /// <summary>
    /// Faults in a random order, each once before any comes again; every third comes with another one that begins while it lasts. Each lasts 35 to 70 s, and all are mended
    /// for 45 to 95 s before the next: some of the time too short for an old address to be forgotten.
    /// </summary>
    public static IReadOnlyList<Step> Make(int seed, TimeSpan length, IReadOnlyList<Fault> faults)
    {
        // System.Random of a seed is the same in every .NET; reproducible is all that is asked of it.
        var (random, steps, deck, now) = (new Random(seed), new List<Step>(), new List<Fault>(), Calm);
        TimeSpan Between(int least, int most) => TimeSpan.FromMilliseconds(random.Next(1000 * least, 1000 * most));
        Fault Draw(Func<Fault, bool> fits)
        {
            if (!deck.Any(fits))
            {
                Fault[] shuffled = [.. faults];
                random.Shuffle(shuffled);
                deck.AddRange(shuffled.Where(f => !deck.Contains(f)));
            }
            var fault = deck.First(fits);
            deck.Remove(fault);
            return fault;
        }

        while (true)
        {
            var (fault, lasts) = (Draw(_ => true), Between(35, 70));
            List<Step> round = [new Step(now, fault, true), new Step(now + lasts, fault, false)];
            if (random.Next(3) == 0)
            {
                var (second, begins) = (Draw(f => f.Group != fault.Group), now + lasts * random.NextDouble());
                round.AddRange([new Step(begins, second, true), new Step(begins + Between(35, 70), second, false)]);
            }
            var end = round.Max(s => s.At);
            if (end + End > length) return [.. steps.OrderBy(s => s.At)];
            steps.AddRange(round);
            now = end + Between(45, 95);
        }
    }
}
