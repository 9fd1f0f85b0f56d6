namespace Llumnix.Host.Http;

/// <summary>The answer of <c>/admin/migrations</c>.</summary>
internal sealed record MigrationsView(IReadOnlyList<MigrationView> Migrations);
