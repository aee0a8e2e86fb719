package org.oatmill.djl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Networks of TorchScript without weights, whose answers can be told beforehand; with the tokenizer of {@link TinyModel}. */
public final class TinyNetwork {
    private TinyNetwork() {}

    /** Doubles the numbers. */
    public static Path doubling(Path directory) throws IOException {
        return write(
                directory,
                """
                  def forward(self: __torch__.Net, x: Tensor) -> Tensor:
                    return torch.mul(x, 2)
                """);
    }

    /** For each token (its number, 1). */
    public static Path tokens(Path directory) throws IOException {
        return text(
                directory,
                """
                  def forward(self: __torch__.Net, ids: Tensor, mask: Tensor) -> Tensor:
                    x = torch.to(ids, 6)
                    return torch.stack([x, torch.ones_like(x)], -1)
                """);
    }

    /** Two logits: 0, and the number of tokens less 3.5. */
    public static Path isLong(Path directory) throws IOException {
        Path made = text(
                directory,
                """
                  def forward(self: __torch__.Net, ids: Tensor, mask: Tensor) -> Tensor:
                    n = torch.sum(torch.to(mask, 6), [1])
                    return torch.stack([torch.zeros_like(n), torch.sub(n, 3.5)], -1)
                """);
        Files.writeString(
                made.resolve("config.json"),
                "{\"problem_type\": \"single_label_classification\", \"id2label\": {\"0\": \"short\", \"1\": \"long\"}}");
        return made;
    }

    private static Path text(Path directory, String forward) throws IOException {
        TinyModel.write(directory);
        Files.delete(directory.resolve("model.safetensors"));
        Files.delete(directory.resolve("config.json"));
        return write(directory, forward);
    }

    private static Path write(Path directory, String forward) throws IOException {
        Files.createDirectories(directory);
        String head =
                """
                class Net(Module):
                  __parameters__ = []
                  __buffers__ = []
                  training : bool
                """;
        Files.write(directory.resolve("net.pt"), Torch.Script.archive("Net", head + forward));
        return directory;
    }
}
