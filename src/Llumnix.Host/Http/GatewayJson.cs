using System.Text.Json.Serialization;

namespace Llumnix.Host.Http;

/// <summary>Serializers made at compile time for the answers that are plain objects.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ModelView))]
[JsonSerializable(typeof(ModelListView))]
[JsonSerializable(typeof(InstancesView))]
[JsonSerializable(typeof(RequestsView))]
[JsonSerializable(typeof(MigrationsView))]
[JsonSerializable(typeof(AuditView))]
[JsonSerializable(typeof(ScalingView))]
[JsonSerializable(typeof(AcceptedView))]
[JsonSerializable(typeof(MoveOrderView))]
[JsonSerializable(typeof(HealthView))]
[JsonSerializable(typeof(TokenizeView))]
[JsonSerializable(typeof(DetokenizeView))]
internal sealed partial class GatewayJson : JsonSerializerContext;
