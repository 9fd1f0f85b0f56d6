using Llumnix.Actors.Cluster;
using Llumnix.Scheduling.Priorities;

namespace Llumnix.Host.Http;

/// <summary>A request as operators see it.</summary>
/// <param name="Session">The id its client knows, that of its <c>x-request-id</c>.</param>
internal sealed record RequestView(
    string Id, string Session, int Choice, string Model, string State, string? Instance, string Epoch, string Priority, int PromptTokens,
    int OutputTokens, int MaxTokens, int Migrations, int Recoveries)
{
    public static RequestView Of(RequestStatus status, PriorityClasses priorities) => new(
        status.Id.ToString(), status.Id.Session.ToString(), status.Id.ChoiceIndex, status.Model, status.State, status.Instance?.Name,
        status.Epoch.ToString(), priorities.NameOf(status.Priority), status.PromptTokens, status.OutputTokens, status.MaxTokens,
        status.Migrations, status.Recoveries);
}
