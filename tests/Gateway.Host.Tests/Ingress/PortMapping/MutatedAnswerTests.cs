using System.Net;
using System.Text;
using Gateway.Host.Core;
using Gateway.Host.Ingress.PortMapping;
using Gateway.Host.Ingress.PortMapping.Upnp;

namespace Gateway.Host.Tests.Ingress.PortMapping;

/// <summary>Answers bent at random: whatever comes, nothing but an answer, a refusal or silence is made of it, in bounded time and memory.</summary>
public sealed class MutatedAnswerTests
{
    private static readonly byte[] Nonce = new byte[Pcp.NonceLength];
    private static readonly Uri Location = new("http://192.168.1.1:5000/d.xml");
    private static readonly IPAddress Router = IPAddress.Parse("192.168.1.1");

    [Fact]
    public void PCP_and_NatPmp_messages()
    {
        var random = new Random(1);
        byte[] pcp = [2, 0x81, 0, 0, 0, 0, 4, 0xb0, 0, 0, 0, 7, .. new byte[12], .. Nonce, 6, 0, 0, 0, 1, 0xbb, 1, 0xbb, .. IPAddress.Parse("203.0.113.7").MapToIPv6().GetAddressBytes()];
        byte[] natPmp = [0, 0x82, 0, 0, 0, 0, 0, 7, 1, 0xbb, 1, 0xbb, 0, 0, 4, 0xb0];
        Assert.NotNull(Pcp.ReadMap(pcp, Nonce, 443)?.External);
        for (var i = 0; i < 200_000; i++)
        {
            var message = Mutate(i % 2 == 0 ? pcp : natPmp, random);
            if (Pcp.ReadMap(message, Nonce, 443) is { Result: PcpResult.Success } map) Assert.InRange(map.External!.Port, 0, 65535);
            _ = Pcp.ReadAnnounce(message);
            if (NatPmp.ReadAddress(message) is { Result: NatPmpResult.Success } address) Assert.NotNull(address.Address);
            if (NatPmp.ReadMap(message, 443) is { Result: NatPmpResult.Success } mapped) Assert.InRange(mapped.ExternalPort, 0, 65535);
        }
    }

    [Fact]
    public void Descriptions()
    {
        var random = new Random(2);
        var model = Encoding.UTF8.GetBytes(new IgdModel(null!).Description(urlBase: "<URLBase>http://192.168.1.1:5000/</URLBase>"));
        Assert.NotEmpty(DeviceDescription.Services(Encoding.UTF8.GetString(model), Location, Router));
        var understood = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var services = DeviceDescription.Services(Encoding.UTF8.GetString(Mutate(model, random)), Location, Router);
            understood += services.Any(s => s.Type == IgdModel.WanIp1) ? 1 : 0;
            Assert.All(services, s => Assert.Equal(("192.168.1.1", "http"), (s.Control.Host, s.Control.Scheme)));
        }
        Assert.InRange(understood, 1000, 19_999);
    }

    [Fact]
    public void Places()
    {
        var random = new Random(3);
        for (var i = 0; i < 100_000; i++)
        {
            var text = Encoding.Latin1.GetString(Mutate(Encoding.Latin1.GetBytes("http://192.168.1.1:5000/ctl/IPConn?x=1"), random));
            foreach (var relativeTo in new[] { null, Location }) if (RouterUrl.Read(text, relativeTo, Router) is { } url) Assert.Equal("192.168.1.1", url.Host);
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Whole_conversations(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 25; i++)
        {
            await using var bench = new PortMapperBench();
            var igd = new IgdModel(bench.Router);
            byte[] Bend(byte[] answer) { lock (random) return random.Next(3) == 0 ? Mutate(answer, random) : answer; }
            // An even mixture of protocols, or the first would settle it nearly always.
            if (i % 3 == 0) bench.Router.OnUdp(r => [Bend(bench.Table.Answer(r))]);
            bench.Router.OnSearch(_ => [Encoding.Latin1.GetString(Bend(Encoding.Latin1.GetBytes(IgdModel.Found(bench.Router.Url + "/d.xml"))))]).OnHttp(r => r.Line.Split(' ').Length < 3 ? null : Bend(igd.Answer(r)));
            var result = await bench.FirstAsync();
            Assert.Contains(result.State, new[] { LeaseState.Granted, LeaseState.Refused, LeaseState.Absent });
            if (result.State == LeaseState.Granted) Assert.True(PortMapperBench.Scopes.IsPublic(result.External!.Address) && result.External.Port > 0);
            Assert.InRange(await bench.StopAsync(), TimeSpan.Zero, TimeSpan.FromSeconds(2.5));
            Assert.Equal(0, bench.Router.StrangerRequests);
        }
    }

    private static byte[] Mutate(byte[] message, Random random)
    {
        var list = message.ToList();
        for (var n = random.Next(1, 4); n > 0 && list.Count > 0; n--)
        {
            var at = random.Next(list.Count);
            switch (random.Next(6))
            {
                case 0: list[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: list[at] = (byte)random.Next(256); break;
                case 2: list.RemoveRange(at, list.Count - at); break;
                case 3: list.RemoveRange(at, Math.Min(random.Next(1, 20), list.Count - at)); break;
                case 4: list.InsertRange(at, list.Skip(random.Next(list.Count)).Take(random.Next(1, 40)).ToArray()); break;
                default: list.InsertRange(at, Enumerable.Repeat((byte)random.Next(256), random.Next(1, 300))); break;
            }
        }
        return [.. list];
    }
}
