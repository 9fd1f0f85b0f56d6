using Llumnix.Training.Corpus;
using Llumnix.Training.Tokenization;
using static TorchSharp.torch;

namespace Llumnix.Training.Training;

/// <summary>Rows of token ids, each packed with whole documents from its first position on and cut at its end.</summary>
public sealed class BatchSource(DocumentSource documents, ByteLevelBpe bpe)
{
    /// <summary>Documents used so far; the next batch begins with this index.</summary>
    public long Next { get; private set; }

    /// <summary>[rows, length + 1] ids: the inputs and, one further, what to predict.</summary>
    public Tensor Take(int rows, int length)
    {
        long[] ids = new long[rows * (length + 1)];
        for (int row = 0; row < rows; row++)
        {
            int at = row * (length + 1), end = at + length + 1;
            while (at < end)
            {
                foreach (int id in bpe.Encode(documents[Next++].Text))
                {
                    if (at == end) break;
                    ids[at++] = id;
                }
            }
        }

        return tensor(ids, [rows, length + 1]);
    }
}
