namespace Llumnix.Host.Playground;

/// <summary>The page at <c>/</c>, embedded in the program: one file that asks nothing of any other host.</summary>
internal static class PlaygroundPage
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        byte[] page = Load();
        routes.MapGet("/", async context =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            context.Response.ContentLength = page.Length;
            context.Response.Headers.ContentSecurityPolicy =
                "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'";
            context.Response.Headers.CacheControl = "no-cache";
            await context.Response.BodyWriter.WriteAsync(page, context.RequestAborted);
        });
    }

    private static byte[] Load()
    {
        using Stream resource = typeof(PlaygroundPage).Assembly.GetManifestResourceStream("playground.html")!;
        using var memory = new MemoryStream();
        resource.CopyTo(memory);
        return memory.ToArray();
    }
}
