using SaeSharp.Models.Forward;
using SaeSharp.Models.Hooks;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Generation;

/// <summary>Continues prompts token by token, with cache and edits. Not for several threads at once.</summary>
public sealed class Generator(LanguageModel model)
{
    private readonly TokenSampler _sampler = new(model.Description.VocabularySize);

    /// <summary>Continues one prompt.</summary>
    /// <param name="prompt">Its tokens, at least one.</param>
    /// <param name="options">How to choose, when to stop.</param>
    /// <param name="onToken">Called with each new token.</param>
    /// <exception cref="InputException">The prompt is empty or too long, or an option makes no sense.</exception>
    public GeneratedSequence Generate(ReadOnlySpan<int> prompt, GenerationOptions options, Action<int>? onToken = null)
    {
        if (prompt.IsEmpty) throw new InputException("The prompt has no tokens; expected at least one.");
        return Generate(new TokenBatch(prompt), options, onToken is null ? null : (_, token) => onToken(token))[0];
    }

    /// <summary>Continues prompts of one length together.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="options">How to choose, when to stop.</param>
    /// <param name="onToken">Called with the sequence and each of its new tokens.</param>
    /// <exception cref="InputException">The prompts are too long, or an option makes no sense.</exception>
    public IReadOnlyList<GeneratedSequence> Generate(TokenBatch prompts, GenerationOptions options, Action<int, int>? onToken = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        int sequences = prompts.Sequences, context = model.Description.ContextLength;
        List<int>[] tokens = [.. Enumerable.Range(0, sequences).Select(_ => new List<int>())];
        FinishReason?[] finish = new FinishReason?[sequences];
        PhiloxStream[] streams = [.. Enumerable.Range(0, sequences).Select(sequence => new PhiloxStream(options.Seed, (ulong)sequence))];
        int[] next = new int[sequences];

        // The last new token is never run, so a sequence may end one past the context.
        int capacity = (int)Math.Min(context, (long)prompts.Length + options.MaximumTokens - 1);
        using ModelCache cache = model.CreateCache(sequences, Math.Max(capacity, prompts.Length));
        using Matrix logits = model.Device.Allocate(sequences, model.Description.VocabularySize);
        ForwardPass pass = new ForwardPass().LastLogits(logits).Cache(cache);
        foreach ((HookPoint point, IEdit edit) in options.Edits) pass.Edit(point, edit);

        model.Forward(prompts, pass);
        while (true)
        {
            Choose(logits, options, streams, next);
            for (int sequence = 0; sequence < sequences; sequence++)
            {
                if (finish[sequence] is not null) continue;
                if (options.StopAt.Contains(next[sequence]))
                {
                    finish[sequence] = FinishReason.StopToken;
                    continue;
                }

                tokens[sequence].Add(next[sequence]);
                onToken?.Invoke(sequence, next[sequence]);
                if (tokens[sequence].Count == options.MaximumTokens) finish[sequence] = FinishReason.MaximumTokens;
                else if (cache.Length == context) finish[sequence] = FinishReason.ContextFull;
            }

            if (Array.TrueForAll(finish, reason => reason is not null)) break;
            model.Forward(new TokenBatch(next, sequences), pass);
        }

        return [.. tokens.Zip(finish, (list, reason) => new GeneratedSequence(list, reason!.Value))];
    }

    private void Choose(Matrix logits, GenerationOptions options, PhiloxStream[] streams, int[] next)
    {
        if (options.Temperature == 0)
        {
            if (!model.Device.AllFinite(logits)) throw new ArithmeticException("The logits are not finite numbers; an edit may be too strong.");
            model.Device.ArgMax(logits, next);
            return;
        }

        for (int sequence = 0; sequence < next.Length; sequence++) next[sequence] = _sampler.Sample(logits.Row(sequence), options, streams[sequence]);
    }
}
