using System.Text.Json.Nodes;
using Llumnix.Gpu.Loading;
using Llumnix.Gpu.Models;
using Llumnix.Testing;

namespace Llumnix.Gpu.Tests.Loading;

public sealed class SafetensorsModelTests
{
    private const string Index = "model.safetensors.index.json";

    [Fact]
    public void Shards_give_the_same_tensors_as_one_file()
    {
        using var whole = new TinyModelFolder(seed: 5);
        using var parts = new TinyModelFolder(seed: 5, shards: 4);
        using var one = SafetensorsModel.Open(whole.Path);
        using var many = SafetensorsModel.Open(parts.Path);

        Assert.Equal(one.Names.Order(), many.Names.Order());
        foreach (string name in one.Names)
        {
            Assert.True(one.TryGet(name, out var expected));
            Assert.True(many.TryGet(name, out var actual));
            Assert.Equal(Values(expected), Values(actual));
        }

        Assert.False(many.TryGet("model.layers.9.nothing", out _));
    }

    [Fact]
    public void A_missing_shard_is_named_with_the_tensor_that_needs_it()
    {
        using var folder = new TinyModelFolder(shards: 2);
        File.Delete(folder.File("model-00002-of-00002.safetensors"));

        string sentence = Refused(folder);

        Assert.StartsWith(folder.File("model-00002-of-00002.safetensors"), sentence, StringComparison.Ordinal);
        Assert.Contains("for tensor \"model.layers.", sentence, StringComparison.Ordinal);
        Assert.EndsWith("does not exist.", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_is_not_in_the_shard_the_index_names_is_refused()
    {
        using var folder = new TinyModelFolder(shards: 2);
        folder.Edit(Index, index => index["weight_map"]!["lost.weight"] = "model-00001-of-00002.safetensors");

        Assert.Equal(
            $"{folder.File(Index)} says that tensor \"lost.weight\" is in {folder.File("model-00001-of-00002.safetensors")}, which does not have it.",
            Refused(folder));
    }

    [Theory]
    [InlineData("../outside.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("")]
    public void A_shard_outside_of_the_folder_is_refused(string file)
    {
        using var folder = new TinyModelFolder(shards: 2);
        folder.Edit(Index, index => index["weight_map"]!["model.norm.weight"] = file);

        Assert.Contains($"is said to be in \"{file}\", which is no file name in the folder.", Refused(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_without_a_map_is_refused()
    {
        using var folder = new TinyModelFolder(shards: 2);
        folder.Write(Index, new JsonObject());

        Assert.Equal($"{folder.File(Index)}: \"weight_map\" is missing.", Refused(folder));
    }

    [Fact]
    public void A_damaged_shard_is_named_and_no_file_stays_open()
    {
        using var folder = new TinyModelFolder(shards: 3);
        string shard = folder.File("model-00003-of-00003.safetensors");
        File.WriteAllBytes(shard, File.ReadAllBytes(shard)[..100]);

        Assert.Contains(shard, Refused(folder), StringComparison.Ordinal);
        if (OperatingSystem.IsLinux()) Assert.DoesNotContain(folder.Path, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_weights_says_what_is_needed()
    {
        using var folder = new TinyModelFolder();
        File.Delete(folder.File("model.safetensors"));

        Assert.Equal($"{folder.Path} has no weights: neither model.safetensors nor {Index} is there.", Refused(folder));

        File.WriteAllText(folder.File("pytorch_model-00001-of-00002.bin"), "");
        Assert.Contains("pytorch_model.bin only", Refused(folder), StringComparison.Ordinal);
    }

    private static float[] Values(WeightTensor tensor)
    {
        var values = new float[tensor.ElementCount];
        tensor.CopyTo(0, values);
        return values;
    }

    private static string Refused(TinyModelFolder folder) =>
        Assert.Throws<ModelLoadException>(() => SafetensorsModel.Open(folder.Path)).Message;
}
