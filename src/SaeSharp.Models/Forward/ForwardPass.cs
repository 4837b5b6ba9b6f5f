using SaeSharp.Models.Hooks;
using SaeSharp.Models.States;
using SaeSharp.Numerics;

namespace SaeSharp.Models.Forward;

/// <summary>What a forward pass is to capture, edit and return. Make one, use it for many batches of a shape; not for several threads at once.</summary>
/// <remarks>
/// The pass ends after the last value that somebody asked for, so an edit behind that point does not run. With a cache every
/// block runs. At one point edits run in the order in which they were added, and a capture sees what the model goes on with.
/// </remarks>
public sealed class ForwardPass
{
    private readonly List<(HookPoint Point, MatrixView Target)> _captures = [];
    private readonly List<(HookPoint Point, IEdit Edit)> _edits = [];
    private readonly List<StateEdit> _stateEdits = [];
    private readonly List<StateCapture> _stateCaptures = [];
    private EditContext _context;
    private int _pending;

    /// <summary>Where the logits go, [B·T, V]; empty if nobody wants them.</summary>
    public MatrixView LogitsTarget { get; private set; }

    /// <summary>Where the logits of the last token of each sequence go, [B, V]; empty if nobody wants them.</summary>
    public MatrixView LastLogitsTarget { get; private set; }

    /// <summary>Keys, values or states of tokens that came before; null to begin at position 0 and keep nothing.</summary>
    public ModelCache? CacheInUse { get; private set; }

    /// <summary>The hook points that are captured.</summary>
    public IEnumerable<HookPoint> CapturedPoints => _captures.Select(capture => capture.Point);

    /// <summary>The hook points that are edited.</summary>
    public IEnumerable<HookPoint> EditedPoints => _edits.Select(edit => edit.Point);

    /// <summary>Changes of states.</summary>
    internal List<StateEdit> StateEdits => _stateEdits;

    /// <summary>States to copy.</summary>
    internal List<StateCapture> StateCaptures => _stateCaptures;

    /// <summary>Position of the first token of the pass.</summary>
    internal int FirstPosition => _context.FirstPosition;

    /// <summary>Whether everything that was asked for is there; a family stops then.</summary>
    internal bool IsDone => _pending == 0 && CacheInUse is null;

    /// <summary>Copies the values at a point.</summary>
    /// <param name="point">The point.</param>
    /// <param name="target">[B·T, width], or for attention patterns [B·heads·T, tokens]; must outlive the passes.</param>
    public ForwardPass Capture(HookPoint point, MatrixView target)
    {
        _captures.Add((point, target));
        return this;
    }

    /// <summary>Changes the values at a point.</summary>
    public ForwardPass Edit(HookPoint point, IEdit edit)
    {
        ArgumentNullException.ThrowIfNull(edit);
        _edits.Add((point, edit));
        return this;
    }

    /// <summary>Changes the state of a recurrent layer at a position.</summary>
    public ForwardPass EditState(StateEdit edit)
    {
        ArgumentNullException.ThrowIfNull(edit);
        _stateEdits.Add(edit);
        return this;
    }

    /// <summary>Copies the states of a recurrent layer after chosen tokens.</summary>
    /// <param name="layer">The block.</param>
    /// <param name="positions">After which tokens; those that a pass does not reach are left out.</param>
    /// <param name="target">[B · positions, heads · d_k · d_v], row b · positions + i; of one head [B · positions, d_k · d_v]. Must outlive the passes.</param>
    /// <param name="head">The one head that is wanted; null for all.</param>
    public ForwardPass CaptureStates(int layer, ReadOnlySpan<int> positions, MatrixView target, int? head = null)
    {
        _stateCaptures.Add(new StateCapture(layer, positions.ToArray(), target, head));
        return this;
    }

    /// <summary>Asks for the logits of all tokens.</summary>
    /// <param name="target">[B·T, V]; must outlive the passes.</param>
    public ForwardPass Logits(MatrixView target)
    {
        LogitsTarget = target;
        return this;
    }

    /// <summary>Asks for the logits of the last token of each sequence.</summary>
    /// <param name="target">[B, V]; must outlive the passes.</param>
    public ForwardPass LastLogits(MatrixView target)
    {
        LastLogitsTarget = target;
        return this;
    }

    /// <summary>Goes on after the tokens that a cache holds, and adds the new ones to it.</summary>
    public ForwardPass Cache(ModelCache? cache)
    {
        CacheInUse = cache;
        return this;
    }

    /// <summary>Forgets captures, edits, logits and cache.</summary>
    public ForwardPass Clear()
    {
        _captures.Clear();
        _edits.Clear();
        _stateEdits.Clear();
        _stateCaptures.Clear();
        LogitsTarget = LastLogitsTarget = default;
        CacheInUse = null;
        return this;
    }

    /// <summary>Checks what was asked for against a model and a batch, and begins.</summary>
    /// <exception cref="InputException">The model has no such hook point, or it cannot be edited.</exception>
    /// <exception cref="ArgumentException">A target has another shape than the values.</exception>
    internal void Begin(LanguageModel model, in TokenBatch tokens)
    {
        int first = CacheInUse?.Length ?? 0;
        foreach ((HookPoint point, MatrixView target) in _captures)
        {
            HookPointShape shape = model.Description.Shape(point);
            (int rows, int columns) = (shape.Rows(tokens.Sequences, tokens.Length), shape.Columns(first + tokens.Length));
            if (target.Rows != rows || target.Columns != columns) throw WrongTarget(point.ToString(), target, rows, columns);
        }

        foreach ((HookPoint point, _) in _edits)
        {
            if (model.Description.Shape(point).IsPattern) throw new InputException($"{point} can be captured but not edited; edit the point attn.hook_z behind it.");
            if (HookNames.IsReadOnly(point.Site)) throw new InputException($"{point} can be captured but not edited; change the state itself, or the point rec.o behind it.");
        }

        foreach (StateEdit edit in _stateEdits) edit.Check(model.Description, tokens.Sequences, CacheInUse is null ? tokens.Length : model.Description.ContextLength);
        foreach (StateCapture capture in _stateCaptures) capture.Check(model.Description, tokens.Sequences);
        int vocabulary = model.Description.VocabularySize;
        RequireLogits(LogitsTarget, tokens.Ids.Length, vocabulary);
        RequireLogits(LastLogitsTarget, tokens.Sequences, vocabulary);
        _context = new EditContext(default, model.Device, tokens.Sequences, tokens.Length, first);
        _pending = _captures.Count + _stateCaptures.Count + (LogitsTarget.Length > 0 ? 1 : 0) + (LastLogitsTarget.Length > 0 ? 1 : 0);
        if (_pending == 0 && CacheInUse is null) throw new ArgumentException("This pass asks for nothing: no capture, no logits, no cache.");
    }

    /// <summary>A family passes every value of a hook point through here: edits change it, captures copy it.</summary>
    internal void Tap(HookPoint point, MatrixView activations)
    {
        foreach ((HookPoint edited, IEdit edit) in _edits)
        {
            if (edited == point) edit.Apply(_context with { Point = point }, activations);
        }

        foreach ((HookPoint captured, MatrixView target) in _captures)
        {
            if (captured == point) _context.Device.Copy(activations, target);
        }

        CountCaptured(point);
    }

    /// <summary>The first target of a point whose values a kernel writes directly; empty if nobody captures it.</summary>
    internal MatrixView TargetOf(HookPoint point)
    {
        foreach ((HookPoint captured, MatrixView target) in _captures)
        {
            if (captured == point) return target;
        }

        return default;
    }

    /// <summary>The kernel has written <see cref="TargetOf"/>; copies it to any further target.</summary>
    internal void Written(HookPoint point)
    {
        MatrixView source = TargetOf(point);
        bool isFirst = true;
        foreach ((HookPoint captured, MatrixView target) in _captures)
        {
            if (captured != point) continue;
            if (!isFirst) _context.Device.Copy(source, target);
            isFirst = false;
        }

        CountCaptured(point);
    }

    /// <summary>Whether somebody captures a point: then its values are worth making.</summary>
    internal bool Wants(HookPoint point) => TargetOf(point).Length > 0;

    /// <summary>A family has copied the states that a capture asked for.</summary>
    internal void CountCapturedStates() => _pending--;

    private static void RequireLogits(MatrixView target, int rows, int columns)
    {
        if (target.Length > 0 && (target.Rows != rows || target.Columns != columns)) throw WrongTarget("the logits", target, rows, columns);
    }

    private static ArgumentException WrongTarget(string what, MatrixView target, int rows, int columns) =>
        new($"The target of {what} is {target}; expected [{rows} × {columns}].");

    private void CountCaptured(HookPoint point)
    {
        foreach ((HookPoint captured, _) in _captures)
        {
            if (captured == point) _pending--;
        }
    }
}
