using System.Runtime.InteropServices;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Host.Http;

namespace Llumnix.Host.CommandLine;

/// <summary>
/// <c>llumnix serve</c>: one node until it is told to end. The order is what makes it whole or nothing: the address is taken first, which
/// costs nothing and fails early; then the node starts; then the gateway listens.
/// </summary>
internal sealed class ServeCommand(LlumnixConfiguration configuration, TextWriter output, TextWriter error)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using ILoggerFactory log = ConsoleLog.Create(configuration.Logging);
        using ReservedAddress address = ReservedAddress.Bind(configuration.Gateway.Bind, configuration.Gateway.Port);

        LlumnixNode node;
        try
        {
            node = await LlumnixNode.StartAsync(configuration, new NodeDependencies { Log = log }, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return ExitCode.Success;
        }

        await using (node)
        {
            return await ServeAsync(node, address, log, ending.Token);
        }

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            if (ending.IsCancellationRequested) Environment.Exit(ExitCode.Interrupted);
            ending.Cancel();
        }
    }

    private async Task<int> ServeAsync(LlumnixNode node, ReservedAddress address, ILoggerFactory log, CancellationToken ending)
    {
        void LogTo(ILoggingBuilder logging) => logging.Services.AddSingleton(log);
        await using WebApplication web = node.Client is null
            ? NodeApp.Build(configuration.Gateway, () => node.Ready, node.Metrics, cluster: null, address, LogTo)
            : GatewayApp.Build(GatewayServices.Of(node, configuration.Gateway), address, LogTo);
        await web.StartAsync(CancellationToken.None);
        foreach (string line in StartLines.Of(configuration, node, address.Url)) await output.WriteLineAsync(line);
        await output.FlushAsync(CancellationToken.None);

        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration whenTold = ending.Register(() => told.TrySetResult());
        if (await Task.WhenAny(told.Task, node.Stopped) == node.Stopped)
        {
            await error.WriteLineAsync("llumnix: The cluster removed this node, so it ends.");
            return ExitCode.Failure;
        }

        await output.WriteLineAsync("Ending: requests in flight may finish; Ctrl-C again does not wait.");
        node.BeginLeaving();
        // Requests in flight first, while the node still serves them.
        await web.StopAsync(CancellationToken.None);
        await node.StopAsync();
        return ExitCode.Success;
    }
}
