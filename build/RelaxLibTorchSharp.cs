using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies libLibTorchSharp.so so that it loads with a libstdc++ older than GCC 13's. Three writes to the copy: the version
/// requirement GLIBCXX_3.4.32 becomes weak (.gnu.version_r), the one symbol that asks for it loses its version (.gnu.version), and
/// its name becomes that of a harmless libc function without arguments (.dynstr).
/// ELF-64 little-endian layout: System V ABI, "Symbol Versioning" in the Linux Standard Base.
/// </summary>
public sealed class RelaxLibTorchSharp : Task
{
    private const string Symbol = "_ZSt21ios_base_library_initv";
    private const string Version = "GLIBCXX_3.4.32";
    private const string Harmless = "tzset";
    private const ushort WeakFlag = 2;

    [Required]
    public string Source { get; set; }

    [Required]
    public string Target { get; set; }

    public override bool Execute()
    {
        byte[] image = File.ReadAllBytes(Source);
        if (!Relax(image))
        {
            Log.LogMessage(MessageImportance.Low, Source + " does not ask for " + Version + "; it is copied as it is.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Target));
        // A new file, never a write through a link into the package folder.
        File.Delete(Target);
        File.WriteAllBytes(Target, image);
        return true;
    }

    private static bool Relax(byte[] image)
    {
        long sections = BitConverter.ToInt64(image, 0x28);
        int entrySize = BitConverter.ToUInt16(image, 0x3A);
        int count = BitConverter.ToUInt16(image, 0x3C);
        long names = Offset(image, sections + (long)entrySize * BitConverter.ToUInt16(image, 0x3E));
        long versionNeeds = 0, versions = 0, strings = 0, symbols = 0, symbolsSize = 0, needs = 0;
        for (int i = 0; i < count; i++)
        {
            long header = sections + (long)entrySize * i;
            string name = Text(image, names + BitConverter.ToUInt32(image, (int)header));
            if (name == ".gnu.version_r")
            {
                versionNeeds = Offset(image, header);
                needs = BitConverter.ToUInt32(image, (int)header + 0x2C);
            }
            else if (name == ".gnu.version") versions = Offset(image, header);
            else if (name == ".dynstr") strings = Offset(image, header);
            else if (name == ".dynsym")
            {
                symbols = Offset(image, header);
                symbolsSize = BitConverter.ToInt64(image, (int)header + 0x20);
            }
        }

        if (versionNeeds == 0 || versions == 0 || strings == 0 || symbols == 0) return false;

        bool found = false;
        long need = versionNeeds;
        for (long n = 0; n < needs; n++)
        {
            int entries = BitConverter.ToUInt16(image, (int)need + 2);
            long entry = need + BitConverter.ToUInt32(image, (int)need + 8);
            for (int e = 0; e < entries; e++)
            {
                if (Text(image, strings + BitConverter.ToUInt32(image, (int)entry + 8)) == Version)
                {
                    BitConverter.GetBytes((ushort)(BitConverter.ToUInt16(image, (int)entry + 4) | WeakFlag)).CopyTo(image, entry + 4);
                    found = true;
                }

                entry += BitConverter.ToUInt32(image, (int)entry + 12);
            }

            need += BitConverter.ToUInt32(image, (int)need + 12);
        }

        if (!found) return false;

        for (long i = 0; i < symbolsSize / 24; i++)
        {
            long name = strings + BitConverter.ToUInt32(image, (int)(symbols + i * 24));
            if (Text(image, name) != Symbol) continue;
            BitConverter.GetBytes((ushort)1).CopyTo(image, versions + i * 2);
            Encoding.ASCII.GetBytes(Harmless + "\0").CopyTo(image, name);
        }

        return true;
    }

    private static long Offset(byte[] image, long header) => BitConverter.ToInt64(image, (int)header + 0x18);

    private static string Text(byte[] image, long at)
    {
        long end = at;
        while (image[end] != 0) end++;
        return Encoding.ASCII.GetString(image, (int)at, (int)(end - at));
    }
}
