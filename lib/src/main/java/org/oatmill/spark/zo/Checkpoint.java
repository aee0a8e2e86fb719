package org.oatmill.spark.zo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.oatmill.core.Json;
import org.oatmill.core.UserException;
import org.oatmill.model.CausalLm;
import org.oatmill.model.Subspace;
import org.oatmill.model.Trajectory;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.artifact.Output;

/**
 * A tuned model: what a run did to a base, and how far it counts. All that is needed to make it again
 * but the base.
 *
 * @param subspace what moved
 * @param trajectory how; projected gradients may be missing
 * @param entry entries that count, from the first
 */
public record Checkpoint(Subspace subspace, Trajectory trajectory, long entry) implements Serializable {
    private static final String TRAJECTORY = "trajectory";
    private static final String CHECKPOINT = "checkpoint.json";

    /** The part that is JSON. */
    private record Described(Subspace subspace, long entry) {}

    /** A fork of the base at this checkpoint, its caller's to close; another base is refused. */
    public CausalLm of(CausalLm base) {
        CausalLm fork = base.fork(subspace);
        fork.advance(trajectory, entry);
        return fork;
    }

    /** Writes the files {@code trajectory}, eight bytes a line, and {@code checkpoint.json}. */
    public void write(Output out) throws IOException {
        ByteBuffer bytes = trajectory.bytes();
        try (OutputStream file = out.file(TRAJECTORY)) {
            file.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        }
        try (OutputStream file = out.file(CHECKPOINT)) {
            file.write(Json.pretty(Json.tree(new Described(subspace, entry))).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Reads what {@link #write} wrote. */
    public static Checkpoint read(Artifact tuned) {
        try (InputStream trajectory = tuned.file(TRAJECTORY);
                InputStream described = tuned.file(CHECKPOINT)) {
            Described read = Json.read(described, Described.class);
            return new Checkpoint(
                    read.subspace(), Trajectory.of(ByteBuffer.wrap(trajectory.readAllBytes())), read.entry());
        } catch (IOException e) {
            throw new UserException(
                    "Cannot read checkpoint: artifact = " + tuned.path()
                            + ", expected files/trajectory and files/checkpoint.json as the job tune writes them",
                    e);
        }
    }
}
