using Gateway.Host.CommandLine;

return await GatewayCommand.RunAsync(args);
