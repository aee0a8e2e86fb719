package org.oatmill.core;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The storage root of a project's artifacts, runs and ledger, laid out as
 * {@code <stage>/<recipe12>/<attempt>/{tables,files}}, with the manifest that names the attempt
 * that counts in {@code <recipe12>/}. Nothing in it is ever overwritten.
 */
public final class Workspace {
    private final Store store;

    public Workspace(Store store) {
        this.store = store;
    }

    public Store store() {
        return store;
    }

    /** The artifact of a recipe, if one was committed. */
    public Optional<Manifest> find(String stage, Recipe recipe) throws IOException {
        throw new IllegalStateException("landing with the store");
    }

    /** A directory of its own for one attempt at a recipe: {@code <stage>/<recipe12>/<attempt>}. */
    public String begin(String stage, Recipe recipe) throws IOException {
        throw new IllegalStateException("landing with the store");
    }

    /** Commits an attempt. Of several for one recipe, the first counts: the manifest that counts is returned. */
    public Manifest commit(Manifest manifest) throws IOException {
        throw new IllegalStateException("landing with the store");
    }

    /** The manifest in an artifact's directory; a directory without one is no artifact and is refused. */
    public Manifest open(String path) throws IOException {
        throw new IllegalStateException("landing with the store");
    }

    /** Paths of all artifacts, sorted. */
    public List<String> artifacts() throws IOException {
        throw new IllegalStateException("landing with the store");
    }
}
