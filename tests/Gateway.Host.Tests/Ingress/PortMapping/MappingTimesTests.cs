using Gateway.Host.Ingress.PortMapping;

namespace Gateway.Host.Tests.Ingress.PortMapping;

public sealed class MappingTimesTests
{
    [Theory]
    [InlineData(1200, 0, 600, 750)]
    [InlineData(1200, 1, 900, 975)]
    [InlineData(1200, 2, 1050, 1087.5)]
    [InlineData(0, 0, 4, 4)] // a lease that cannot be: no storm
    [InlineData(1, 3, 16, 16)]
    public void A_mapping_is_renewed_between_half_and_five_eighths_of_its_life_and_then_ever_nearer_to_its_end(double lifetime, int failures, double least, double most)
    {
        Assert.Equal(TimeSpan.FromSeconds(least), MappingTimes.RenewAfter(TimeSpan.FromSeconds(lifetime), failures, 0));
        Assert.Equal(TimeSpan.FromSeconds(most), MappingTimes.RenewAfter(TimeSpan.FromSeconds(lifetime), failures, 1));
    }

    [Fact]
    public void What_does_not_end_is_asked_for_again_nevertheless() => Assert.Equal(TimeSpan.FromHours(1), MappingTimes.RenewAfter(null, 0, 0));

    [Fact]
    public void A_router_that_answers_is_asked_again_within_a_quarter_of_a_minute_and_a_silent_one_within_a_minute()
    {
        for (var failures = 1; failures < 100; failures++)
        {
            Assert.InRange(MappingTimes.Backoff(failures, answers: true, 1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(15));
            Assert.InRange(MappingTimes.Backoff(failures, answers: false, 1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(60));
            Assert.InRange(MappingTimes.Backoff(failures, answers: false, 0), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        }
    }

    [Fact]
    public void A_restart_is_found_out_within_a_quarter_of_a_minute() => Assert.InRange(MappingTimes.CheckAfter(0, 1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(11));
}
