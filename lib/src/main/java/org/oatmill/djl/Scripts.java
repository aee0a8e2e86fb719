package org.oatmill.djl;

import java.util.Locale;
import org.oatmill.djl.Torch.Script;

/**
 * The forward pass of one configuration, as TorchScript: one block, the rows behind the last block,
 * and the head. Weights are arguments, so the same text serves the frozen model, both sides of a
 * probe, adapters, and leaves that gradients are asked for; a leaf with one row per sequence
 * broadcasts where the weight itself would.
 */
final class Scripts implements AutoCloseable {
    /** Positions in a block's list of weights: for linear i of {@link DecoderConfig#LINEARS} weight, bias, adapter A, adapter B. */
    static final int PER_LINEAR = 4;

    static final int INPUT_NORM = 28;
    static final int POST_NORM = 29;
    static final int QUERY_NORM = 30;
    static final int KEY_NORM = 31;
    static final int PREFIX_KEY = 32;
    static final int PREFIX_VALUE = 33;
    static final int ADAPTER_SCALE = 34;
    static final int BLOCK_WEIGHTS = 35;

    private static final String HEADER =
            """
            class $name(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
            """;

    private static final String FUNCTIONS =
            """

            def norm(x: Tensor, g: Tensor) -> Tensor:
              r = torch.rsqrt(torch.add(torch.mean(torch.mul(x, x), [-1], True), $eps))
              return torch.mul(torch.mul(x, r), g)

            def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
              a, b = torch.chunk(x, 2, -1)
              return torch.cat([torch.sub(torch.mul(a, cos), torch.mul(b, sin)), torch.add(torch.mul(b, cos), torch.mul(a, sin))], -1)

            def linear(x: Tensor, w: List[Tensor], i: int) -> Tensor:
              y = torch.linear(x, w[torch.mul(4, i)])
              b = w[torch.add(torch.mul(4, i), 1)]
              if torch.gt(torch.numel(b), 0):
                y = torch.add(y, b)
              a = w[torch.add(torch.mul(4, i), 2)]
              if torch.gt(torch.numel(a), 0):
                low = torch.matmul(x, torch.transpose(a, -2, -1))
                up = torch.matmul(low, torch.transpose(w[torch.add(torch.mul(4, i), 3)], -2, -1))
                y = torch.add(y, torch.mul(up, w[34]))
              return y

            def block(h: Tensor, cos: Tensor, sin: Tensor, mask: Tensor, cache: List[Tensor], w: List[Tensor]) -> List[Tensor]:
              n = torch.size(h, 0)
              t = torch.size(h, 1)
              x = __torch__.norm(h, w[28])
              yq = __torch__.linear(x, w, 0)
              yk = __torch__.linear(x, w, 1)
              yv = __torch__.linear(x, w, 2)
              q = torch.view(yq, [n, t, $heads, $dim])
              k = torch.view(yk, [n, t, $kv, $dim])
              v = torch.transpose(torch.view(yv, [n, t, $kv, $dim]), 1, 2)
              if torch.gt(torch.numel(w[30]), 0):
                q = __torch__.norm(q, w[30])
                k = __torch__.norm(k, w[31])
              q = __torch__.rotate(torch.transpose(q, 1, 2), cos, sin)
              k = __torch__.rotate(torch.transpose(k, 1, 2), cos, sin)
              if torch.gt(torch.numel(w[32]), 0):
                m = torch.size(w[32], -2)
                pk = torch.transpose(torch.reshape(w[32], [-1, m, $kv, $dim]), 1, 2)
                pv = torch.transpose(torch.reshape(w[33], [-1, m, $kv, $dim]), 1, 2)
                if torch.eq(torch.size(mask, -1), torch.add(m, t)):
                  k = torch.cat([torch.expand(pk, [n, -1, -1, -1]), k], 2)
                  v = torch.cat([torch.expand(pv, [n, -1, -1, -1]), v], 2)
              if torch.gt(torch.numel(cache[0]), 0):
                end = torch.size(mask, -1)
                new = torch.size(k, 2)
                kc = torch.copy_(torch.narrow(cache[0], 2, torch.sub(end, new), new), k)
                vc = torch.copy_(torch.narrow(cache[1], 2, torch.sub(end, new), new), v)
                k = torch.narrow(cache[0], 2, 0, end)
                v = torch.narrow(cache[1], 2, 0, end)
              if torch.gt(torch.numel(mask), 0):
                o = torch.scaled_dot_product_attention(q, k, v, mask, 0., False, scale=None, enable_gqa=True)
              else:
                o = torch.scaled_dot_product_attention(q, k, v, None, 0., True, scale=None, enable_gqa=True)
              a = torch.reshape(torch.transpose(o, 1, 2), [n, t, -1])
              yo = __torch__.linear(a, w, 3)
              h2 = torch.add(yo, h)
              y = __torch__.norm(h2, w[29])
              yg = __torch__.linear(y, w, 4)
              yu = __torch__.linear(y, w, 5)
              if torch.is_grad_enabled():
                s = torch.mul(torch.silu(yg), yu)
                yd = __torch__.linear(s, w, 6)
                outs = [torch.add(yd, h2), x, a, y, s, yq, yk, yv, yo, yg, yu, yd]
              else:
                s = torch.mul_(torch.silu_(yg), yu)
                yd = __torch__.linear(s, w, 6)
                outs = [torch.add_(yd, h2), k, v]
              return outs
            """;

    // Inputs: cos and sin broadcast over (rows, heads, tokens, half a head); mask is added to attention scores, and
    // where it is empty attention is causal; cache holds keys and values of earlier tokens, or empty tensors.
    // A prefix is put before the keys where the mask has room for it, that is unless the cache holds it already.
    // Outputs: hidden states, keys, values.
    private static final String BLOCK = HEADER
            + """
              def forward(self: __torch__.$name, h: Tensor, cos: Tensor, sin: Tensor, mask: Tensor, cache: List[Tensor], w: List[Tensor]) -> List[Tensor]:
                return __torch__.block(h, cos, sin, mask, cache, w)
            """
            + FUNCTIONS;

    // A block whose graph is kept. Weights with more than two axes hold one row per sequence, and are differentiated
    // by.
    // Outputs: hidden states; what the linear layers read (4); the inputs of the derivative: h, what the linear layers
    // wrote (7), those weights.
    private static final String TRACED = HEADER
            + """
              def forward(self: __torch__.$name, h: Tensor, cos: Tensor, sin: Tensor, mask: Tensor, cache: List[Tensor], w: List[Tensor]) -> List[Tensor]:
                inner = torch.requires_grad_(torch.clone(torch.detach(h)), True)
                leaves = annotate(List[Tensor], [])
                ws = annotate(List[Tensor], [])
                for i in range(torch.len(w)):
                  wi = w[i]
                  if torch.gt(torch.dim(wi), 2):
                    leaf = torch.requires_grad_(torch.clone(wi), True)
                    _0 = torch.append(leaves, leaf)
                    _1 = torch.append(ws, leaf)
                  else:
                    _2 = torch.append(ws, wi)
                outs = __torch__.block(inner, cos, sin, mask, cache, ws)
                results = annotate(List[Tensor], [])
                for j in range(5):
                  _3 = torch.append(results, outs[j])
                _4 = torch.append(results, inner)
                for j in range(7):
                  _5 = torch.append(results, outs[torch.add(j, 5)])
                for leaf in leaves:
                  _6 = torch.append(results, leaf)
                return results
            """
            + FUNCTIONS;

    // Derivatives of the sum of by * out, by each of the inputs.
    private static final String BACKWARD = HEADER
            + """
              def forward(self: __torch__.$name, out: Tensor, by: Tensor, inputs: List[Tensor]) -> List[Tensor]:
                grads = torch.grad([out], inputs, annotate(Optional[List[Optional[Tensor]]], [by]), None, False, False)
                results = annotate(List[Tensor], [])
                for grad in grads:
                  _0 = torch.append(results, torch.detach(unchecked_cast(Tensor, grad)))
                return results
            """;

    // Derivative of the final norm by hidden states and by a gain with one row per sequence.
    private static final String TAIL_BACKWARD = HEADER
            + """
              def forward(self: __torch__.$name, h: Tensor, by: Tensor, places: Tensor, rows: Tensor, g: Tensor) -> List[Tensor]:
                inner = torch.requires_grad_(torch.clone(h), True)
                gain = torch.requires_grad_(torch.clone(g), True)
                x = torch.index_select(torch.reshape(inner, [-1, torch.size(h, 2)]), 0, places)
                y = __torch__.norm(x, torch.index_select(gain, 0, rows))
                grads = torch.grad([y], [inner, gain], annotate(Optional[List[Optional[Tensor]]], [by]), None, False, False)
                return [torch.detach(unchecked_cast(Tensor, grads[0])), torch.detach(unchecked_cast(Tensor, grads[1]))]
            """
            + FUNCTIONS;

    // Gradient of a weight by some sequences: what the layer wrote, transposed, times what it read, summed over tokens.
    // The range comes as the length of two tensors without elements, because numbers cannot be arguments.
    private static final String OUTER = HEADER
            + """
              def forward(self: __torch__.$name, delta: Tensor, x: Tensor, range: Tensor, into: List[Tensor]) -> List[Tensor]:
                first = torch.size(range, 0)
                count = torch.size(range, 1)
                d = torch.reshape(torch.narrow(delta, 0, first, count), [-1, torch.size(delta, -1)])
                r = torch.reshape(torch.narrow(x, 0, first, count), [-1, torch.size(x, -1)])
                return [torch.mm(torch.t(d), r, out=into[0])]
            """;

    // Final norm at some places.
    private static final String TAIL = HEADER
            + """
              def forward(self: __torch__.$name, h: Tensor, places: Tensor, w: List[Tensor]) -> List[Tensor]:
                x = torch.index_select(torch.reshape(h, [-1, torch.size(h, 2)]), 0, places)
                return [__torch__.norm(x, w[0])]
            """
            + FUNCTIONS;

    // One slice of the vocabulary: log-sum-exp of its logits, and those asked for by flat index. The logits are the
    // largest thing a walk makes: their exponentials take their place.
    private static final String HEAD = HEADER
            + """
              def forward(self: __torch__.$name, x: Tensor, w: List[Tensor], flat: Tensor) -> List[Tensor]:
                z = torch.linear(x, w[0])
                asked = torch.take(z, flat)
                top = torch.amax(z, [-1], True)
                sum = torch.sum(torch.exp_(torch.sub_(z, top)), [-1])
                return [torch.add(torch.log(sum), torch.squeeze(top, -1)), asked]
            """;

    // All logits of one slice of the vocabulary.
    private static final String LOGITS = HEADER
            + """
              def forward(self: __torch__.$name, x: Tensor, w: List[Tensor]) -> List[Tensor]:
                return [torch.linear(x, w[0])]
            """;

    // Derivative of the sum of coefficient * loss by the logits of one slice, and its part of the derivative by x.
    private static final String RESIDUAL = HEADER
            + """
              def forward(self: __torch__.$name, x: Tensor, w: List[Tensor], lse: Tensor, share: Tensor, flat: Tensor, minus: Tensor) -> List[Tensor]:
                p = torch.mul(torch.exp(torch.sub(torch.linear(x, w[0]), lse)), share)
                torch.index_add_(torch.view(p, [-1]), 0, flat, minus)
                return [p, torch.matmul(p, w[0])]
            """;

    // Mean cross-entropy of the next token, of the whole model. Weights come in the order of the model: embedding, nine
    // of each block, final norm; the head is the embedding.
    private static final String WHOLE =
            """

            def loss(tokens: Tensor, targets: Tensor, cos: Tensor, sin: Tensor, none: Tensor, w: List[Tensor]) -> Tensor:
              h = torch.embedding(w[0], tokens)
              for layer in range($layers):
                at = torch.add(1, torch.mul(9, layer))
                ws = annotate(List[Tensor], [])
                for i in range(35):
                  _0 = torch.append(ws, none)
                for i in range(7):
                  _1 = torch._set_item(ws, torch.mul(4, i), w[torch.add(torch.add(at, 1), i)])
                _2 = torch._set_item(ws, 28, w[at])
                _3 = torch._set_item(ws, 29, w[torch.add(at, 8)])
                outs = __torch__.block(h, cos, sin, none, [none, none], ws)
                h = outs[0]
              x = __torch__.norm(h, w[torch.add(1, torch.mul(9, $layers))])
              z = torch.linear(torch.reshape(x, [-1, torch.size(x, 2)]), w[0])
              return torch.cross_entropy_loss(z, targets, None, 1, -100, 0.)
            """;

    private static final String LOSS = HEADER
            + """
              def forward(self: __torch__.$name, tokens: Tensor, targets: Tensor, cos: Tensor, sin: Tensor, none: Tensor, rates: Tensor, w: List[Tensor]) -> List[Tensor]:
                return [__torch__.loss(tokens, targets, cos, sin, none, w)]
            """
            + FUNCTIONS
            + WHOLE;

    // One update by AdamW. Rates: of learning; what makes the first moment unbiased; and the root of the second.
    private static final String STEP = HEADER
            + """
              def forward(self: __torch__.$name, tokens: Tensor, targets: Tensor, cos: Tensor, sin: Tensor, none: Tensor, rates: Tensor, w: List[Tensor], m: List[Tensor], v: List[Tensor]) -> List[Tensor]:
                leaves = annotate(List[Tensor], [])
                for i in range(torch.len(w)):
                  _0 = torch.append(leaves, torch.requires_grad_(torch.detach(w[i]), True))
                loss = __torch__.loss(tokens, targets, cos, sin, none, leaves)
                grads = torch.grad([loss], leaves, None, None, False, False)
                squares = torch.zeros_like(torch.select(rates, 0, 0))
                for i in range(torch.len(w)):
                  g = unchecked_cast(Tensor, grads[i])
                  squares = torch.add(squares, torch.sum(torch.mul(g, g)))
                shorten = torch.clamp_max(torch.mul(torch.rsqrt(squares), $clip), 1.)
                rate = torch.select(rates, 0, 0)
                first = torch.mul(rate, torch.select(rates, 0, 1))
                second = torch.select(rates, 0, 2)
                keep = torch.rsub(torch.mul(rate, $decay), 1.)
                for i in range(torch.len(w)):
                  g = torch.mul(unchecked_cast(Tensor, grads[i]), shorten)
                  _1 = torch.add_(torch.mul_(m[i], $beta1), g, alpha=$alpha1)
                  _2 = torch.add_(torch.mul_(v[i], $beta2), torch.mul(g, g), alpha=$alpha2)
                  if torch.eq(torch.dim(w[i]), 2):
                    _3 = torch.mul_(w[i], keep)
                  move = torch.div(m[i], torch.add(torch.mul(torch.sqrt(v[i]), second), $epsilon))
                  _4 = torch.sub_(w[i], torch.mul(move, first))
                return [torch.detach(loss)]
            """
            + FUNCTIONS
            + WHOLE;

    final Script block;
    final Script traced;
    final Script backward;
    final Script tailBackward;
    final Script outer;
    final Script tail;
    final Script head;
    final Script logits;
    final Script residual;

    Scripts(DecoderConfig config) {
        block = script("Block", BLOCK, config);
        traced = script("Traced", TRACED, config);
        backward = script("Backward", BACKWARD, config);
        tail = script("Tail", TAIL, config);
        tailBackward = script("TailBackward", TAIL_BACKWARD, config);
        outer = script("Outer", OUTER, config);
        head = script("Head", HEAD, config);
        logits = script("Logits", LOGITS, config);
        residual = script("Residual", RESIDUAL, config);
    }

    /** Loss of a whole model with a tied head and no biases. */
    static Script loss(DecoderConfig config) {
        return script("Loss", LOSS, config);
    }

    /** One update of such a model. */
    static Script step(DecoderConfig config, AdamW law) {
        return script(
                "Step",
                STEP.replace("$clip", number(law.clip()))
                        .replace("$decay", number(law.weightDecay()))
                        .replace("$beta1", number(law.beta1()))
                        .replace("$beta2", number(law.beta2()))
                        .replace("$alpha1", number(1 - law.beta1()))
                        .replace("$alpha2", number(1 - law.beta2()))
                        .replace("$epsilon", number(law.epsilon())),
                config);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.17e", value);
    }

    private static Script script(String name, String source, DecoderConfig config) {
        return new Script(
                name,
                source.replace("$name", name)
                        .replace("$eps", number(config.epsilon()))
                        .replace("$layers", Integer.toString(config.layers()))
                        .replace("$heads", Integer.toString(config.heads()))
                        .replace("$kv", Integer.toString(config.kvHeads()))
                        .replace("$dim", Integer.toString(config.headDim())));
    }

    @Override
    public void close() {
        block.close();
        traced.close();
        backward.close();
        tailBackward.close();
        outer.close();
        tail.close();
        head.close();
        logits.close();
        residual.close();
    }
}
