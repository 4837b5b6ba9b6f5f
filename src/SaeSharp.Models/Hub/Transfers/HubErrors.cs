using System.Net;

namespace SaeSharp.Models.Hub.Transfers;

/// <summary>Turns a hub's refusals into one sentence that says what to do.</summary>
internal static class HubErrors
{
    /// <summary>Throws for an answer that is no success.</summary>
    /// <exception cref="ConnectionLostException">It may go better the next time.</exception>
    /// <exception cref="InputException">It will not.</exception>
    public static void Check(HttpResponseMessage response, ModelId id, HubOptions options, bool fromHub)
    {
        if (response.IsSuccessStatusCode) return;
        HttpStatusCode status = response.StatusCode;
        string host = response.RequestMessage?.RequestUri?.Host ?? options.Endpoint.Host;
        bool passing = status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500;

        // A store that the hub redirects to refuses addresses that are too old; the hub gives a new one.
        if (passing || (!fromHub && status is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized))
            throw new ConnectionLostException($"{host} answered {(int)status}") { RetryAfter = response.Headers.RetryAfter?.Delta };

        string page = $"{options.Endpoint.OriginalString}/{id.Name}";
        string code = response.Headers.TryGetValues("X-Error-Code", out IEnumerable<string>? values) ? values.First() : string.Empty;
        throw new InputException((status, code) switch
        {
            (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, "GatedRepo") when options.Token is null =>
                $"{id} is gated: accept its terms at {page}, then set HF_TOKEN to a token of that account.",
            (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, "GatedRepo") =>
                $"{id} is gated: accept its terms at {page} with the account that HF_TOKEN belongs to.",
            (HttpStatusCode.Unauthorized, _) when options.Token is null =>
                $"{host} does not show {id} to everybody: there is no such model, or it is private or gated and needs HF_TOKEN to be set.",
            (HttpStatusCode.Unauthorized, _) => $"{host} does not accept HF_TOKEN for {id}: the token is not valid, or there is no such model.",
            (HttpStatusCode.Forbidden, _) when options.Token is null => $"{host} does not give {id} to everybody: set HF_TOKEN to a token that may read it.",
            (HttpStatusCode.Forbidden, _) => $"{host} does not give {id} to the account of HF_TOKEN: accept the model's terms at {page}, or use a token that may read it.",
            (HttpStatusCode.NotFound, "RevisionNotFound") => $"{id.Name} has no revision '{id.Revision}'.",
            (HttpStatusCode.NotFound, "EntryNotFound") => $"{host} lists a file of {id} that it does not have: {response.RequestMessage?.RequestUri?.AbsolutePath}.",
            (HttpStatusCode.NotFound, _) => $"{host} has no model {id}; check the name, and set HF_TOKEN if the model is private.",
            _ => $"{host} answered {(int)status} for {id}; expected the model.",
        });
    }
}
