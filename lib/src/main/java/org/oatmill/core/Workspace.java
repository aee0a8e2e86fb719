package org.oatmill.core;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The storage root of a project's artifacts, runs and ledger, laid out as
 * {@code <stage>/<recipe12>/<attempt>/{tables,files}}, with the manifest that names the attempt
 * that counts in {@code <recipe12>/}, and {@code _runs/<id>/}. Nothing in it is ever overwritten.
 *
 * <p>{@code _summaries/<summary>/<rows>} belongs to no artifact: what a summary that was dear to make, such as a density
 * sketch, holds of one file of a table, named by digests of the summary's parameters and of that file. It saves time
 * only and may be removed when nothing runs.
 */
public final class Workspace {
    private static final String RUNS = "_runs";
    private static final DateTimeFormatter UTC =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS").withZone(ZoneOffset.UTC);

    private final Store store;

    public Workspace(Store store) {
        this.store = store;
    }

    public Store store() {
        return store;
    }

    /** Where the artifact of a recipe lies, if it was committed: {@code <stage>/<recipe12>}. */
    public String path(String stage, Recipe recipe) {
        if (!stage.matches("[A-Za-z0-9][A-Za-z0-9._=-]*")) {
            throw new UserException(
                    "Cannot store artifact: stage = " + stage
                            + ", expected letters, digits, '-', '_', '.' or '=', the first a letter or a digit; rename the stage");
        }
        return stage + "/" + recipe.shortDigest();
    }

    /** The artifact of a recipe, if one was committed. */
    public Optional<Manifest> find(String stage, Recipe recipe) throws IOException {
        String path = path(stage, recipe);
        Optional<Manifest> manifest = manifest(path);
        manifest.ifPresent(found -> requireSameRecipe(path, found, recipe.digest()));
        return manifest;
    }

    /**
     * A directory of its own for one attempt at a recipe: {@code <stage>/<recipe12>/<attempt>}. Attempts need not know
     * of each other: the name is random.
     */
    public String begin(String stage, Recipe recipe) throws IOException {
        find(stage, recipe); // refuses a directory that another recipe holds, before anything is computed
        return path(stage, recipe) + "/" + unique("attempt");
    }

    /** Commits an attempt. Of several for one recipe, the first counts: the manifest that counts is returned. */
    public Manifest commit(Manifest manifest) throws IOException {
        if (!manifest.recipe().digest().equals(manifest.recipeDigest())) {
            throw new IllegalArgumentException(
                    "Cannot commit " + manifest.stage() + ": recipe_digest = " + manifest.recipeDigest() + ", expected "
                            + manifest.recipe().digest());
        }
        String path = path(manifest.stage(), manifest.recipe());
        byte[] bytes = Json.pretty(Json.tree(manifest)).getBytes(StandardCharsets.UTF_8);
        if (store.putNew(path + "/" + Manifest.FILE, bytes)) {
            return manifest;
        }
        Manifest first = open(path);
        requireSameRecipe(path, first, manifest.recipeDigest());
        return first;
    }

    /** The manifest in an artifact's directory; a directory without one is no artifact and is refused. */
    public Manifest open(String path) throws IOException {
        Optional<Manifest> manifest = manifest(path);
        if (manifest.isPresent()) {
            return manifest.get();
        }
        List<String> names = store.list(path);
        String found = names.isEmpty() ? "nothing is there" : "it holds " + names + " but no " + Manifest.FILE;
        throw new UserException("Cannot open artifact: path = " + path + " below " + store.root() + ": " + found
                + ", expected a committed artifact, <stage>/<recipe>" + Nearest.hint(path, artifacts())
                + ". Run its stage to the end first; an attempt that was not committed is no artifact");
    }

    /** Paths of all artifacts, sorted. */
    public List<String> artifacts() throws IOException {
        List<String> artifacts = new ArrayList<>();
        for (String stage : store.list("")) {
            if (stage.startsWith("_") || stage.startsWith(".")) {
                continue;
            }
            for (String recipe : store.list(stage)) {
                if (store.list(stage + "/" + recipe).contains(Manifest.FILE)) {
                    artifacts.add(stage + "/" + recipe);
                }
            }
        }
        return artifacts;
    }

    /** A directory of its own for a run's results, events and report: {@code _runs/<id>}; later runs sort after earlier ones. */
    public String beginRun() {
        return RUNS + "/" + unique("run");
    }

    /** Directories of all runs, the oldest first. */
    public List<String> runs() throws IOException {
        return store.list(RUNS).stream().map(id -> RUNS + "/" + id).toList();
    }

    private static String unique(String kind) {
        String random = UUID.randomUUID().toString().replace("-", "").substring(16);
        return kind + "-" + UTC.format(Instant.now()) + "-" + random;
    }

    private Optional<Manifest> manifest(String path) throws IOException {
        String file = path + "/" + Manifest.FILE;
        try (InputStream in = store.read(file)) {
            return Optional.of(Manifest.read(in, store.root() + "/" + file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private void requireSameRecipe(String path, Manifest found, String digest) {
        if (!found.recipeDigest().equals(digest)) {
            throw new UserException("Cannot use " + store.root() + "/" + path + ": recipe_digest = "
                    + found.recipeDigest() + ", expected " + digest
                    + ": two recipes share their first twelve characters. Give one of the stages another seed or name");
        }
    }
}
