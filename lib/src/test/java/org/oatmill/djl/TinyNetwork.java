package org.oatmill.djl;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Small networks whose answers can be told beforehand: of TorchScript, with the tokenizer of {@link TinyModel}, and one of ONNX. */
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

    /** Doubles the numbers, in ONNX: y = Mul(x, two). The bytes are protocol buffers, by the field numbers of onnx.proto3. */
    public static Path doublingOnnx(Path directory) throws IOException {
        byte[] two = message(field(1, 1), field(2, 1), field(8, text("two")), field(9, new byte[] {0, 0, 0, 0x40}));
        byte[] mul = message(field(1, text("x")), field(1, text("two")), field(2, text("y")), field(4, text("Mul")));
        byte[] shape = message(field(1, field(2, text("rows"))), field(1, field(2, text("numbers"))));
        byte[] type = field(1, message(field(1, 1), field(2, shape)));
        byte[] graph = message(
                field(1, mul),
                field(2, text("doubling")),
                field(5, two),
                field(11, message(field(1, text("x")), field(2, type))),
                field(12, message(field(1, text("y")), field(2, type))));
        byte[] operators = message(field(1, text("")), field(2, 13));
        Files.createDirectories(directory);
        Files.write(directory.resolve("net.onnx"), message(field(1, 8), field(7, graph), field(8, operators)));
        return directory;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] message(byte[]... fields) {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        for (byte[] field : fields) {
            message.writeBytes(field);
        }
        return message.toByteArray();
    }

    private static byte[] field(int number, int value) {
        return new byte[] {(byte) (number << 3), (byte) value};
    }

    private static byte[] field(int number, byte[] value) {
        ByteArrayOutputStream field = new ByteArrayOutputStream();
        field.write(number << 3 | 2);
        for (int rest = value.length; ; rest >>>= 7) {
            field.write(rest > 0x7f ? rest & 0x7f | 0x80 : rest);
            if (rest <= 0x7f) {
                break;
            }
        }
        field.writeBytes(value);
        return field.toByteArray();
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
