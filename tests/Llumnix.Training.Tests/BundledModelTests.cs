using Llumnix.Training.Corpus;
using Llumnix.Training.Model;
using Llumnix.Training.Tokenization;
using static TorchSharp.torch;
using ModelFolder = Llumnix.Gpu.Loading.ModelFolder;

namespace Llumnix.Training.Tests;

/// <summary>The files in <c>models/stories</c> are what the tool writes and what the engine reads.</summary>
public sealed class BundledModelTests
{
    private static readonly string Folder = Path.Combine(Root(), "models", "stories");

    [Fact]
    public void The_whole_folder_takes_at_most_four_megabytes() =>
        Assert.InRange(new DirectoryInfo(Folder).GetFiles().Sum(file => file.Length), 1, 4_000_000);

    [Fact]
    public void The_engine_reads_the_folder_and_knows_its_chat_template_and_its_ends()
    {
        ModelFolder folder = ModelFolder.Load(Folder);
        ByteLevelBpe bpe = TokenizerFile.Read(Path.Combine(Folder, "tokenizer.json"));
        Assert.NotNull(folder.ChatTemplate);
        Assert.Equal([bpe.Id(SpecialTokens.End), bpe.Id(SpecialTokens.TurnEnd)], folder.EndTokenIds.Order());
    }

    [Fact]
    public void The_engine_gives_the_ids_the_model_was_trained_on()
    {
        ByteLevelBpe bpe = TokenizerFile.Read(Path.Combine(Folder, "tokenizer.json"));
        var theirs = ModelFolder.Load(Folder).Tokenizer;
        DocumentSource source = new(31);
        for (int i = 0; i < 300; i++)
        {
            List<int> ids = bpe.Encode(source[i].Text);
            Assert.Equal(ids, theirs.Encode(source[i].Text, addSpecialTokens: false));
            Assert.Equal(source[i].Text, theirs.Decode([.. ids], skipSpecialTokens: false));
        }

        Assert.Equal(bpe.Encode(SpecialTokens.Begin + "Once upon a time"), theirs.Encode("Once upon a time", addSpecialTokens: true));
    }

    [Fact]
    public void The_model_has_learned_its_stories()
    {
        (StoryLlama model, ByteLevelBpe bpe) = Llumnix.Training.Model.ModelFolder.Read(Folder);
        using (model)
        using (no_grad())
        {
            long[] ids = [.. bpe.Encode(new DocumentSource(0xFEED)[0].Text).Select(id => (long)id)];
            Assert.InRange(model.Loss(tensor(ids, [1, ids.Length])).item<float>(), 0.1f, 2f);
        }
    }

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Llumnix.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is not inside the repository.");
    }
}
