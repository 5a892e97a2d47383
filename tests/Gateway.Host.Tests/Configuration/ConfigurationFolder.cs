using Gateway.Host.Configuration;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Configuration;

/// <summary>A gateway.toml and a data folder on the disk, for one test.</summary>
internal sealed class ConfigurationFolder : IDisposable
{
    public ConfigurationFolder()
    {
        Directory.CreateDirectory(Data);
        Write("");
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("gw-config-").FullName;

    public string Data => System.IO.Path.Combine(Path, "data");

    public string File => System.IO.Path.Combine(Path, "gateway.toml");

    public string SettingsFile => System.IO.Path.Combine(Data, "settings.toml");

    /// <summary>Writes gateway.toml; two lines that name the data folder come first.</summary>
    public void Write(string toml) => System.IO.File.WriteAllText(File, $"data.path = '{Data}'\n\n{toml}");

    public void WriteSettings(string toml) => System.IO.File.WriteAllText(SettingsFile, toml);

    public ConfigurationLoader Loader(params (string Name, string Value)[] environment) => ConfigurationLoader.Find(
        GatewayApp.Schema, File, Of(environment));

    private static Dictionary<string, string> Of((string Name, string Value)[] environment) => new(environment.Select(e => KeyValuePair.Create(e.Name, e.Value)), StringComparer.Ordinal);

    public LoadedConfiguration Load(params (string Name, string Value)[] environment) => Loader(environment).Load();

    public IReadOnlyList<SettingProblem> Mistakes(params (string Name, string Value)[] environment) =>
        Assert.Throws<ConfigurationException>(() => Load(environment)).Problems;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
