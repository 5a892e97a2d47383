using CsCheck;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Core;

public sealed class TopicFilterTests
{
    [Theory]
    [InlineData("a/b", "a/b", true)]
    [InlineData("a/b", "a/c", false)]
    [InlineData("a/+", "a/b", true)]
    [InlineData("a/+", "a", false)]
    [InlineData("a/+", "a/b/c", false)]
    [InlineData("a/#", "a", true)]
    [InlineData("a/#", "a/b/c", true)]
    [InlineData("a/#", "ab", false)]
    [InlineData("#", "a/b", true)]
    [InlineData("+", "/a", false)]
    [InlineData("/+", "/a", true)]
    [InlineData("+/+", "/a", true)]
    [InlineData("#", "$SYS/x", false)]
    [InlineData("+/x", "$SYS/x", false)]
    [InlineData("$SYS/#", "$SYS/x", true)]
    public void A_filter_stands_for_topics_as_the_specification_has_it(string filter, string topic, bool matches) =>
        Assert.Equal(matches, TopicFilter.Matches(filter, topic));

    [Theory]
    [InlineData("home/#", "home/+/x", true)]
    [InlineData("home/#", "#", false)]
    [InlineData("home/+", "home/#", false)]
    [InlineData("home/+", "home/a", true)]
    [InlineData("home/a", "home/+", false)]
    [InlineData("+/a", "home/+", false)]
    [InlineData("#", "#", true)]
    public void A_filter_covers_another_when_it_stands_for_all_of_its_topics(string outer, string inner, bool covers) =>
        Assert.Equal(covers, TopicFilter.Covers(outer, inner));

    [Theory]
    [InlineData("")]
    [InlineData("a/#/b")]
    [InlineData("a#")]
    [InlineData("a/b+")]
    [InlineData("a\0b")]
    public void A_broken_filter_is_none(string filter) => Assert.False(TopicFilter.IsValidFilter(filter));

    [Fact]
    public void What_covers_a_filter_matches_every_topic_the_filter_matches()
    {
        string[] levels = ["a", "b", "", "$x", "+"];
        var topic = Gen.Int[0, 3].Select(i => levels[i]).Array[1, 4].Select(l => string.Join('/', l));
        var filter = Gen.Select(Gen.Int[0, 4].Select(i => levels[i]).Array[1, 4], Gen.Bool, (l, open) => string.Join('/', l) + (open ? "/#" : ""));
        Gen.Select(filter, filter, topic).Sample((outer, inner, t) =>
            !TopicFilter.Covers(outer, inner) || !TopicFilter.Matches(inner, t) || TopicFilter.Matches(outer, t));
    }
}
