using System.Text.RegularExpressions;
using Llumnix.Actors.Cluster;
using Llumnix.Actors.Configuration;
using Llumnix.Host.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;

namespace Llumnix.Host.Tests.Browser;

/// <summary>The playground page in a real browser in front of the bundled model. Screenshots go to the folder <c>screenshots</c> beside the tests.</summary>
public sealed class PlaygroundTests : IAsyncLifetime
{
    private readonly List<string> _problems = [];
    private LlumnixNode? _node;
    private WebApplication? _app;
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private string _url = "";

    public async Task InitializeAsync()
    {
        if (BrowserFactAttribute.Executable is not { } executable) return;
        LlumnixConfiguration configuration = LlumnixConfiguration.Load(sets: ["llumnix.gateway.bind=127.0.0.1", "llumnix.gateway.port=0"]);
        ReservedAddress address = ReservedAddress.Bind(configuration.Gateway.Bind, configuration.Gateway.Port);
        _node = await LlumnixNode.StartAsync(configuration);
        _app = GatewayApp.Build(GatewayServices.Of(_node, configuration.Gateway), address, logging => logging.SetMinimumLevel(LogLevel.None));
        await _app.StartAsync();
        _url = address.Url;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = executable,
            Headless = true,
            Timeout = 120_000,
            Args =
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        if (_app is not null)
        {
            await _app.StopAsync(now.Token);
            await _app.DisposeAsync();
        }

        if (_node is not null) await _node.StopAsync();
    }

    [BrowserFact]
    public async Task A_person_streams_stories_side_by_side_cancels_one_and_chats()
    {
        IPage page = await OpenAsync(ColorScheme.Light, 1440, 900);
        await Assertions.Expect(page.Locator("#model")).ToContainTextAsync("stories");
        await Assertions.Expect(page.Locator(".instance")).ToHaveCountAsync(4);

        await page.Locator("#first").ClickAsync();
        await Assertions.Expect(page.Locator(".card")).ToHaveCountAsync(4);
        await Assertions.Expect(page.Locator(".end.good, .end.warn")).ToHaveCountAsync(4);
        foreach (string text in await page.Locator(".card .body").AllInnerTextsAsync())
        {
            Assert.StartsWith("Once upon a time", text, StringComparison.Ordinal);
            Assert.True(text.Length > 60, text);
        }

        await page.ScreenshotAsync(Shot("light-finished"));

        // Far more than can be told before the click.
        await page.Locator("#clear").ClickAsync();
        await page.Locator("#max_tokens").FillAsync("2000");
        await page.Locator("#count").FillAsync("1");
        await page.Locator("summary").ClickAsync();
        await page.Locator("#ignore_eos").SelectOptionAsync("go on");
        await page.Locator("#send").ClickAsync();
        await Assertions.Expect(page.Locator(".card .foot").First).ToContainTextAsync("tokens/s");
        await Assertions.Expect(page.Locator(".card .place")).ToContainTextAsync("instance");
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator(".end").First).ToHaveTextAsync(new Regex("^cancelled$"));
        await Assertions.Expect(page.Locator("#running")).ToHaveTextAsync("0");

        await page.GetByRole(AriaRole.Radio, new() { Name = "Chat" }).CheckAsync();
        await page.Locator("#ignore_eos").SelectOptionAsync("stop");
        await page.Locator("#max_tokens").FillAsync("60");
        await page.Locator("#send").ClickAsync();
        ILocator chat = page.Locator(".card").First;
        await Assertions.Expect(chat.Locator(".reply")).ToBeVisibleAsync();
        await Assertions.Expect(chat.Locator(".turn").Nth(1)).Not.ToBeEmptyAsync();
        await chat.GetByPlaceholder("Reply").FillAsync("Tell another one.");
        await chat.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Assertions.Expect(chat.Locator(".turn")).ToHaveCountAsync(4);
        await Assertions.Expect(chat.Locator(".reply")).ToBeVisibleAsync();
        await page.ScreenshotAsync(Shot("light-chat"));
        Assert.Empty(_problems);
    }

    [BrowserFact]
    public async Task The_page_shows_requests_under_way_in_the_dark_and_fits_a_phone()
    {
        IPage page = await OpenAsync(ColorScheme.Dark, 1440, 900);
        await Assertions.Expect(page.Locator("#link")).ToHaveTextAsync("connected");
        await page.Locator("#count").FillAsync("6");
        await page.Locator("#max_tokens").FillAsync("400");
        await page.Locator("#send").ClickAsync();
        await Assertions.Expect(page.Locator(".card .foot", new() { HasText = "tokens/s" })).ToHaveCountAsync(6);
        await page.ScreenshotAsync(Shot("dark-running"));
        await Assertions.Expect(page.Locator(".end.good, .end.warn")).ToHaveCountAsync(6);

        IPage phone = await OpenAsync(ColorScheme.Light, 390, 844);
        await Assertions.Expect(phone.Locator("#link")).ToHaveTextAsync("connected");
        await phone.Locator("#count").FillAsync("2");
        await phone.Locator("#send").ClickAsync();
        await Assertions.Expect(phone.Locator(".end.good, .end.warn")).ToHaveCountAsync(2);
        await phone.ScreenshotAsync(Shot("phone"));
        int width = await phone.EvaluateAsync<int>("document.documentElement.scrollWidth");

        Assert.Equal(390, width);
        Assert.Empty(_problems);
    }

    [BrowserFact]
    public async Task A_mistake_is_shown_on_the_request_that_has_it()
    {
        IPage page = await OpenAsync(ColorScheme.Light, 1440, 900);
        await Assertions.Expect(page.Locator("#link")).ToHaveTextAsync("connected");
        await page.Locator("#prompt").FillAsync(string.Concat(Enumerable.Repeat("many words ", 3000)));
        await page.Locator("#count").FillAsync("1");
        await page.Locator("#send").ClickAsync();

        await Assertions.Expect(page.Locator(".problem")).ToContainTextAsync("context");
        await Assertions.Expect(page.Locator(".end.bad")).ToHaveTextAsync("error");
    }

    private async Task<IPage> OpenAsync(ColorScheme scheme, int width, int height)
    {
        IBrowserContext context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = width, Height = height },
        });
        context.SetDefaultTimeout(120_000);
        Assertions.SetDefaultExpectTimeout(120_000);
        IPage page = await context.NewPageAsync();
        page.PageError += (_, error) => _problems.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error") _problems.Add(message.Text);
        };
        await page.GotoAsync(_url);
        return page;
    }

    private static PageScreenshotOptions Shot(string name) =>
        new() { Path = Path.Combine(AppContext.BaseDirectory, "screenshots", name + ".png"), FullPage = true };
}
