namespace Gateway.Devices.Mqtt;

/// <summary>An announcement asks for what this gateway does not do, or cannot be meant; the message says so in words.</summary>
public sealed class AnnouncementException(string message) : Exception(message);
