namespace Gateway.Lab.Tests.Truth;

/// <summary>The rules of the truth run, on made-up runs; and that its schedule is the same for the same seed.</summary>
public sealed class ScoreTests
{
    private static readonly Fault Cut = Of("cut", "lines", "v4 v6", "no-internet"), Moved = Of("moved", "wan", "v4", "") with { Moves = ("v4", "203.0.113.99", "203.0.113.7") }, Harmless = Of("harmless", "duckdns", "", "", "name-provider");

    [Fact]
    public void A_proof_shown_while_the_phone_fails_is_a_lie_and_late_when_it_stands_longer_than_allowed()
    {
        var score = Score.Of(Run(200, "verified", [(Cut, 50, 90)], at => at is >= 50 and < 90 ? TryOutcome.Failed : TryOutcome.Reached));
        Assert.Equal(40, score.Lies.Count);
        Assert.Equal(38, score.Lies.Max(l => l.Late).TotalSeconds);
        Assert.Contains("8 s with a proof shown later", Assert.Single(score.Missed), StringComparison.Ordinal);
        Assert.Equal("cut", score.Lies[0].Faults);
    }

    [Fact]
    public void Another_fault_on_top_makes_no_late_lie_early_again()
    {
        var score = Score.Of(Run(200, "verified", [(Cut, 50, 100), (Moved, 75, 110)], at => at is >= 50 and < 110 ? TryOutcome.Failed : TryOutcome.Reached));
        Assert.Contains(score.Lies, l => l.Late > TimeSpan.FromSeconds(45));
    }

    [Fact]
    public void What_was_just_mended_may_still_be_remembered_wrongly()
    {
        // The phone's resolver holds the other address for another 25 s.
        var score = Score.Of(Run(200, "verified", [(Moved, 50, 90)], at => at is >= 50 and < 115 ? TryOutcome.Failed : TryOutcome.Reached));
        Assert.DoesNotContain(score.Lies, l => l.Try.Family == "v4" && l.Try.At.TotalSeconds >= 90 && l.Late > Score.Allowed);
    }

    [Fact]
    public void Believed_is_told_apart_and_darkness_never_lies()
    {
        Assert.Equal((0, 40), Count(Run(200, "believed", [(Cut, 50, 90)], at => at is >= 50 and < 90 ? TryOutcome.Failed : TryOutcome.Reached)));
        Assert.Equal((0, 0), Count(Run(200, "off", [(Cut, 50, 90)], _ => TryOutcome.Failed)));
    }

    [Fact]
    public void A_family_that_the_name_does_not_carry_was_not_promised_but_by_a_steady_LED()
    {
        TryOutcome OnlyV6(int at) => at % 2 == 0 ? TryOutcome.None : TryOutcome.Reached;
        Assert.Equal((0, 0), Count(Run(100, "attention", [], OnlyV6)));
        Assert.Equal((50, 0), Count(Run(100, "verified", [], OnlyV6)));
        Assert.Equal((0, 0), Count(Run(100, "verified", [], at => at % 2 == 0 ? TryOutcome.Reached : TryOutcome.None)));
        Assert.Equal((99, 0), Count(Run(100, "attention", [], _ => TryOutcome.None)));
    }

    [Fact]
    public void Healthy_seconds_count_when_the_phone_has_got_in_for_a_while_and_no_address_has_just_moved()
    {
        var score = Score.Of(Run(200, "verified", [(Cut, 50, 90)], at => at is >= 50 and < 90 ? TryOutcome.Failed : TryOutcome.Reached));
        Assert.Equal(200 - 20 - 40 - 19, score.Healthy);
        Assert.Equal(score.Healthy, score.HealthyShown);
        Assert.Equal(30 + 200 - 50 - 40 - 80, Score.Of(Run(200, "verified", [(Moved, 50, 90)], _ => TryOutcome.Reached)).Healthy);
        Assert.Equal(0, Score.Of(Run(200, "unreachable", [], _ => TryOutcome.Reached)).HealthyShown);
        // A name that moved by itself, such as to another tunnel; that its servers were silent is no move.
        var moved = Run(200, "verified", [], _ => TryOutcome.Reached) with { Published = [new(TimeSpan.Zero, "v4", "a"), new(TimeSpan.FromSeconds(40), "v4", "?"), new(TimeSpan.FromSeconds(42), "v4", "a"), new(TimeSpan.FromSeconds(100), "v4", "b")] };
        Assert.Equal(200 - 20 - 80, Score.Of(moved).Healthy);
    }

    [Fact]
    public void From_mended_to_proven_and_from_moved_to_published_are_measured()
    {
        var record = Run(200, "verified", [(Cut, 20, 50), (Moved, 100, 130)], _ => TryOutcome.Reached) with
        {
            Led = [new LedSpan(Seconds(0), Seconds(30), "verified"), new LedSpan(Seconds(62), Seconds(105), "verified"), new LedSpan(Seconds(135), Seconds(180), "believed")],
            Published = [new Published(Seconds(0), "v4", "203.0.113.7"), new Published(Seconds(103), "v4", "203.0.113.99"), new Published(Seconds(131), "v4", "203.0.113.7")],
        };
        var score = Score.Of(record);
        Assert.Equal([Seconds(12)], score.ToSteady);
        Assert.Equal([null], score.ToSteadyMoved);
        Assert.Equal([Seconds(3), Seconds(1)], score.ToPublished);
    }

    [Fact]
    public void The_doctor_is_right_with_any_cause_of_what_is_wrong_and_with_nothing_only_where_nothing_shows()
    {
        Said Says(int at, string cause, params string[] notes) => new(Seconds(at), cause, notes, "");
        var record = Run(200, "verified", [(Harmless, 10, 100), (Cut, 50, 90)], _ => TryOutcome.Reached) with
        {
            Doctor = [Says(15, "cgnat"), Says(35, ""), Says(40, "", "name-provider"), Says(45, "cgnat"), Says(75, ""), Says(80, "no-internet"), Says(85, "name-provider"), Says(120, "cgnat")],
        };
        var score = Score.Of(record);
        Assert.Equal((6, 4), (score.Asked, score.Right));
        Assert.Equal([45, 75], score.Wrong.Select(w => (int)w.At.TotalSeconds));
        Assert.Contains("right causes", Assert.Single(score.Missed), StringComparison.Ordinal);
        Assert.Contains("wrong cause at 45.0 s", score.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 20)]
    [InlineData(2, 20)]
    [InlineData(3, 3)]
    public void A_schedule_is_the_same_for_its_seed_and_everything_is_mended_before_its_end(int seed, int minutes)
    {
        var length = TimeSpan.FromMinutes(minutes);
        var schedule = Schedule.Make(seed, length, Faults.All);
        Assert.Equal(schedule, Schedule.Make(seed, length, Faults.All));
        Assert.NotEqual(schedule, Schedule.Make(seed + 100, length, Faults.All));
        Assert.Equal(schedule.OrderBy(s => s.At), schedule);
        Assert.InRange(schedule.Count(s => s.Begins), minutes / 2, minutes);
        var wrong = new HashSet<string>(StringComparer.Ordinal);
        foreach (var step in schedule) Assert.True(step.Begins ? wrong.Add(step.Fault.Group) : wrong.Remove(step.Fault.Group), $"{step}");
        Assert.Empty(wrong);
        Assert.True(schedule[^1].At <= length - Schedule.End);
    }

    private static (int Lies, int Believed) Count(Record record) => Score.Of(record) is var score ? (score.Lies.Count, score.Believed.Count) : default;

    private static Record Run(int seconds, string led, (Fault Fault, int From, int Until)[] faults, Func<int, TryOutcome> phone) => new(
        [.. Enumerable.Range(0, seconds).Select(at => new Try(Seconds(at), at % 2 == 0 ? "v4" : "v6", phone(at), ""))], [new LedSpan(Seconds(0), Seconds(seconds), led)],
        [.. faults.Select(f => new Happened(f.Fault, Seconds(f.From), Seconds(f.Until)))], [], [], Seconds(seconds));

    private static Fault Of(string name, string group, string kills, params string[] causes) => new(name, group, kills, causes, _ => Task.CompletedTask, _ => Task.CompletedTask);

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
