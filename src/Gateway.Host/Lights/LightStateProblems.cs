using Gateway.Devices;
using Gateway.Host.Core;
using Microsoft.AspNetCore.Diagnostics;

namespace Gateway.Host.Lights;

/// <summary>A light state that cannot be meant: 400, with the words and the field of the one who read it.</summary>
internal sealed class LightStateProblems : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not BadHttpRequestException { InnerException: LightStateException state }) return false;
        await Problems.Of(400, state.Words, state.Field).ExecuteAsync(context);
        return true;
    }
}
