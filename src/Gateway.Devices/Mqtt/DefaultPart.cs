namespace Gateway.Devices.Mqtt;

/// <summary>One part of a default-schema light's state: where it is commanded, where it is heard, and the templates between.</summary>
internal sealed record DefaultPart(string? CommandTopic, MqttTemplate Command, string? StateTopic, MqttTemplate State)
{
    /// <summary>Reads the keys <c>PREFIXcommand_topic</c>, <c>PREFIXcommand_template</c>, <c>PREFIXstate_topic</c> and <c>PREFIXvalue_template</c>. Templates of topics that are not there do not matter.</summary>
    public static DefaultPart Read(DiscoveryConfig config, string prefix, string? valueTemplate = null)
    {
        var (command, state) = (config.Topic(prefix + "command_topic"), config.Topic(prefix + "state_topic"));
        return new DefaultPart(
            command, (command is null ? null : config.Template(prefix + "command_template")) ?? MqttTemplate.Value,
            state, (state is null ? null : config.Template(valueTemplate ?? prefix + "value_template")) ?? MqttTemplate.Value);
    }

    /// <summary>What a message says of this part; null when it is not about it or says nothing.</summary>
    public string? Hears(string topic, ReadOnlySpan<byte> payload) =>
        StateTopic == topic && State.Render(payload) is { Length: > 0 } said && said != "None" ? said : null;
}
