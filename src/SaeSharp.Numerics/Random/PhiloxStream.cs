using System.Runtime.CompilerServices;

namespace SaeSharp.Numerics;

/// <summary>Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011).</summary>
/// <remarks>
/// The seed is the key; the counter holds the position in its lower and the stream in its upper 64 bits. Streams of one seed
/// are independent: give each purpose its own. A stream is its <see cref="State"/> and nothing else, so runs resume bit for bit.
/// Not thread-safe.
/// </remarks>
public sealed class PhiloxStream
{
    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;

    private ulong _seed;
    private ulong _stream;
    private ulong _position;
    private Block _block;

    /// <summary>Begins a stream.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="stream">Purpose of the numbers: different streams of one seed never overlap.</param>
    public PhiloxStream(ulong seed, ulong stream = 0)
    {
        _seed = seed;
        _stream = stream;
    }

    /// <summary>Goes on where another stream stood.</summary>
    public PhiloxStream(PhiloxState state) => State = state;

    /// <summary>Where the stream stands; set it to go back or ahead at no cost.</summary>
    public PhiloxState State
    {
        get => new(_seed, _stream, _position);
        set
        {
            (_seed, _stream, _position) = value;
            if (_position % 4 != 0) _block = Generate(_seed, _position / 4, _stream);
        }
    }

    /// <summary>32 uniform bits.</summary>
    public uint NextUInt32()
    {
        int lane = (int)(_position % 4);
        if (lane == 0) _block = Generate(_seed, _position / 4, _stream);
        _position++;
        return _block[lane];
    }

    /// <summary>64 uniform bits: two words, the lower half first.</summary>
    public ulong NextUInt64()
    {
        ulong low = NextUInt32();
        return low | ((ulong)NextUInt32() << 32);
    }

    /// <summary>Uniform in [0, 1) on a grid of 2⁻²⁴; one word.</summary>
    public float NextSingle() => (NextUInt32() >> 8) * (1f / (1 << 24));

    /// <summary>Uniform in [0, 1) on a grid of 2⁻⁵³; two words.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1L << 53));

    /// <summary>Uniform in 0 … <paramref name="bound"/> − 1 without bias; usually one word.</summary>
    public int NextInt32(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        // Multiply-shift with rejection of the few low products that would favour some values (Lemire 2019).
        uint range = (uint)bound;
        ulong product = (ulong)NextUInt32() * range;
        if ((uint)product < range)
        {
            uint reject = (0u - range) % range;
            while ((uint)product < reject) product = (ulong)NextUInt32() * range;
        }

        return (int)(product >> 32);
    }

    /// <summary>Standard normal (Box–Muller in double); two words.</summary>
    public double NextNormal() => NormalPair().First;

    /// <summary>Fills with uniform numbers in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public void FillUniform(Span<float> values, float low = 0f, float high = 1f)
    {
        for (int i = 0; i < values.Length; i++) values[i] = low + (high - low) * NextSingle();
    }

    /// <summary>Fills with normal numbers; both of each pair are used, so a word a value (two for an odd last one).</summary>
    public void FillNormal(Span<float> values, double mean = 0, double standardDeviation = 1)
    {
        int i = 0;
        for (; i + 1 < values.Length; i += 2)
        {
            (double first, double second) = NormalPair();
            values[i] = (float)(mean + standardDeviation * first);
            values[i + 1] = (float)(mean + standardDeviation * second);
        }

        if (i < values.Length) values[i] = (float)(mean + standardDeviation * NextNormal());
    }

    /// <summary>Fills with a random permutation of 0 … length − 1 (Fisher–Yates).</summary>
    public void Permutation(Span<int> values)
    {
        for (int i = 0; i < values.Length; i++) values[i] = i;
        Shuffle(values);
    }

    /// <summary>Puts values into a random order (Fisher–Yates).</summary>
    public void Shuffle<T>(Span<T> values)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    /// <summary>The raw generator: four words from a 128-bit counter and a 64-bit key.</summary>
    internal static void Rounds(Span<uint> counter, uint key0, uint key1)
    {
        uint c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
        for (int round = 0; round < 10; round++)
        {
            ulong product0 = (ulong)Multiplier0 * c0, product1 = (ulong)Multiplier1 * c2;
            uint next0 = (uint)(product1 >> 32) ^ c1 ^ key0, next2 = (uint)(product0 >> 32) ^ c3 ^ key1;
            (c0, c1, c2, c3) = (next0, (uint)product1, next2, (uint)product0);
            key0 += Weyl0;
            key1 += Weyl1;
        }

        (counter[0], counter[1], counter[2], counter[3]) = (c0, c1, c2, c3);
    }

    private static Block Generate(ulong seed, ulong index, ulong stream)
    {
        var block = default(Block);
        Span<uint> words = block;
        (words[0], words[1]) = ((uint)index, (uint)(index >> 32));
        (words[2], words[3]) = ((uint)stream, (uint)(stream >> 32));
        Rounds(words, (uint)seed, (uint)(seed >> 32));
        return block;
    }

    private (double First, double Second) NormalPair()
    {
        // The radius takes (0, 1], so that its logarithm is finite.
        double radius = Math.Sqrt(-2.0 * Math.Log((NextUInt32() + 1.0) * (1.0 / 4294967296.0)));
        (double sine, double cosine) = Math.SinCos(NextUInt32() * (2.0 * Math.PI / 4294967296.0));
        return (radius * cosine, radius * sine);
    }

    [InlineArray(4)]
    private struct Block
    {
        private uint _first;
    }
}
