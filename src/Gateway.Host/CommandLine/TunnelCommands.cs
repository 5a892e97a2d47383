using System.CommandLine;
using Gateway.Host.Configuration;
using Gateway.Host.Core;
using Gateway.Host.Ingress;
using Gateway.Host.Ingress.Tunnels;

namespace Gateway.Host.CommandLine;

/// <summary><c>gateway tunnel key</c>.</summary>
internal static class TunnelCommands
{
    private static readonly TimeProvider Time = TimeProvider.System;

    public static Command Build(Func<ParseResult, ConfigurationLoader> find) => new("tunnel", "What a server of yours needs to bring visitors here (ssh -R)") { Key(find) };

    /// <summary>Reads and makes the key where it is: whether the gateway runs, and whether its configuration is right, does not matter.</summary>
    private static Command Key(Func<ParseResult, ConfigurationLoader> find)
    {
        var command = new Command("key", "Prints the line for ~/.ssh/authorized_keys there, for each server of [ingress.ssh]; makes the gateway's own key if there is none");
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = find(parsed).LoadWhatIsRight();
            var (servers, usual) = (SshServer.Of(settings), (int)settings.Integer(IngressSettings.ExternalPort)!);
            if (servers.Count == 0 || servers.Any(s => s.HasOwnKey)) MakeFolder(settings.Text("data.path")!);
            try
            {
                if (servers.Count == 0)
                {
                    var own = OwnSshKey.FileIn(settings.Text("data.path")!);
                    await OwnSshKey.MakeAsync(own, Time, cancel);
                    Console.WriteLine(AuthorizedKey.Line(own, usual));
                }
                foreach (var server in servers)
                {
                    await OwnSshKey.ReadyAsync(server, Time, cancel);
                    Console.WriteLine($"# {server.Host}, for the user {server.User}"); // as authorized_keys has comments
                    Console.WriteLine(AuthorizedKey.Line(server, usual));
                }
            }
            catch (SshException e)
            {
                throw new CommandException(e.InnerException is UnauthorizedAccessException ? ExitCode.NotPermitted : ExitCode.Failed, e.Message + (e.InnerException is UnauthorizedAccessException ? "; try it with sudo" : ""));
            }
            return 0;
        });
        return command;
    }

    private static void MakeFolder(string folder)
    {
        try { Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.NotPermitted, $"the data folder {folder} cannot be made ({e.Message.TrimEnd('.')}); try it with sudo, or name another one as data.path in gateway.toml");
        }
    }
}
