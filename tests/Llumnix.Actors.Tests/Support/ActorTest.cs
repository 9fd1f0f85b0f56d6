using Akka.Configuration;
using Akka.TestKit.Xunit2;
using Llumnix.Actors.Configuration;

namespace Llumnix.Actors.Tests.Support;

/// <summary>A local actor system with the program's own dispatchers, for tests of one actor among probes.</summary>
public abstract class ActorTest(params string[] sets) : TestKit(
    ConfigurationFactory.ParseString("akka.actor.provider = local").WithFallback(LlumnixConfiguration.Load().Akka))
{
    protected LlumnixConfiguration Configuration { get; } = LlumnixConfiguration.Load(sets: sets);
}
