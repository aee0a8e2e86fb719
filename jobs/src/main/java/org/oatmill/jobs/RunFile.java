package org.oatmill.jobs;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigParseable;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Describe;
import org.oatmill.core.Nearest;
import org.oatmill.core.Required;
import org.oatmill.core.UserException;

/**
 * A run file, read, bound and checked: HOCON with a {@code root}, a {@code seed} and named {@code
 * stages}. All that can be wrong with it is found here, before anything is written.
 *
 * @param file as it was named on the command line
 * @param head what stands beside the stages
 * @param stages in the order in which they are made
 */
public record RunFile(String file, Head head, List<Stage> stages) {

    /**
     * What a run file says beside its stages.
     *
     * @param name of the run, for people
     * @param root the workspace: a directory or a URI
     * @param seed of the run
     * @param gradients whether a stage may call backward
     * @param egress what may leave the cluster
     */
    public record Head(
            @Describe("name of the run, for people; the file's name by default") String name,
            @Required @Describe("the workspace: a directory, or a URI that Hadoop knows") String root,
            @Describe("every stage's seed is derived from it and the stage's name") long seed,
            @Describe("whether a stage may call backward") Gradients gradients,
            @Describe("what may leave the cluster") Egress egress) {

        public Head {
            if (root.isBlank()) {
                throw new IllegalArgumentException("root = \"\", expected a directory or a URI");
            }
        }
    }

    /** Whether a stage may call backward. */
    public enum Gradients {
        ALLOW,
        FORBID
    }

    /**
     * Rows leave the cluster only by permission.
     *
     * @param hosts that may be called
     * @param columns that may be sent
     */
    public record Egress(
            @Describe("hosts that may be called, loopback apart") List<String> hosts,
            @Describe("columns that may be sent") List<String> columns) {}

    private static final String STAGES = "stages";

    /** Keys of a stage's block that are not its job's. */
    static final List<String> STAGE_KEYS = List.of("job", "input", "seed_name", "seeds");

    /**
     * Reads a run file.
     *
     * @param file its path
     * @param sets {@code a.b=c}, laid over the file, the last one on top
     * @param jobs that its stages may name
     */
    public static RunFile read(String file, List<String> sets, Map<String, Job<?>> jobs) {
        return new Reader(file, jobs).read(sets);
    }

    /** The whole configuration with its defaults, as a run file that gives the same run; it holds no secrets. */
    public String render() {
        Map<String, Object> all = new LinkedHashMap<>(Hocon.fields(head));
        Map<String, Object> blocks = new LinkedHashMap<>();
        for (Stage stage : stages) {
            Map<String, Object> block = new LinkedHashMap<>();
            block.put("job", stage.job().name());
            if (!stage.inputs().isEmpty()) {
                Map<String, Object> inputs = new LinkedHashMap<>();
                stage.inputs().forEach((role, input) -> inputs.put(role, withoutSeed(input)));
                block.put("input", inputs);
            }
            if (!stage.seedName().equals(stage.directory())) {
                block.put("seed_name", stage.seedName());
            }
            List<Long> seeds = seedsBegunBy(stage);
            if (!seeds.isEmpty()) {
                block.put("seeds", seeds);
            }
            block.putAll(Hocon.fields(stage.config()));
            blocks.put(stage.directory(), block);
        }
        all.put(STAGES, blocks);
        return Hocon.block(all, "");
    }

    /** The values of {@code seeds}, if the repetition begins with this stage and not above it. */
    private List<Long> seedsBegunBy(Stage stage) {
        boolean inherited = stage.inputs().values().stream()
                .anyMatch(input -> input.isStage() && input.from().contains("@"));
        return inherited || !stage.name().contains("@")
                ? List.of()
                : stages.stream()
                        .filter(s -> s.directory().equals(stage.directory()))
                        .map(s -> s.runSeed() - head.seed())
                        .toList();
    }

    private static String withoutSeed(Stage.Input input) {
        return input.isStage() && input.from().contains("@")
                ? input.from().substring(0, input.from().indexOf('@'))
                : input.from();
    }

    /** The defaults of what stands beside the stages. */
    static Head head(String name) {
        return new Head(name, "target/" + name, 0, Gradients.ALLOW, new Egress(List.of(), List.of()));
    }

    /** Stages to make for a selection: the named ones and all they read; all where nothing is named. */
    public List<Stage> select(Collection<String> names) {
        if (names.isEmpty()) {
            return stages;
        }
        TreeSet<String> known = new TreeSet<>();
        TreeSet<String> wanted = new TreeSet<>();
        stages.forEach(stage -> known.addAll(List.of(stage.name(), stage.directory())));
        for (String name : names) {
            if (!known.contains(name)) {
                throw new UserException("Cannot select stages: --select = " + name + ", expected some of "
                        + String.join(", ", known) + Nearest.hint(name, known));
            }
            stages.stream()
                    .filter(stage ->
                            stage.name().equals(name) || stage.directory().equals(name))
                    .forEach(stage -> wanted.add(stage.name()));
        }
        for (int i = stages.size() - 1; i >= 0; i--) { // children come after parents
            Stage stage = stages.get(i);
            if (wanted.contains(stage.name())) {
                stage.inputs().values().stream()
                        .filter(Stage.Input::isStage)
                        .forEach(input -> wanted.add(input.from()));
            }
        }
        return stages.stream().filter(stage -> wanted.contains(stage.name())).toList();
    }

    /** Reads one file. */
    private static final class Reader {
        private final String file;
        private final Map<String, Job<?>> jobs;
        private final Places places = new Places();
        private final Binding binding = new Binding(places);

        Reader(String file, Map<String, Job<?>> jobs) {
            this.file = file;
            this.jobs = jobs;
        }

        RunFile read(List<String> sets) {
            ConfigObject root = parse(sets);
            Secrets.refuse(root, places);
            String fileName = String.valueOf(Path.of(file).getFileName()).replaceFirst("\\.[a-z]+$", "");
            Head head = binding.bind(root, head(fileName), List.of(), List.of(STAGES));
            List<StageGraph.Declared> declared = new ArrayList<>();
            stageBlocks(root).forEach((name, block) -> declared.add(stage(name, block, head.seed())));
            refuseMissingInputs(declared);
            if (head.gradients() == Gradients.FORBID) {
                declared.forEach(d -> refuseBackward(d.stage(), d.stage().job()));
            }
            return new RunFile(file, head, new StageGraph(declared).ordered());
        }

        @SuppressWarnings("unchecked") // the configuration was bound to the class of the job's typical instance
        private static <C extends Record> void refuseBackward(Stage stage, Job<C> job) {
            if (job.callsBackward((C) stage.config())) {
                throw new UserException("Cannot read " + stage.place() + ": gradients = forbid, and job " + job.name()
                        + " calls backward here, expected a stage that does not; remove the stage, or set gradients ="
                        + " allow");
            }
        }

        // Text to tree

        private ConfigObject parse(List<String> sets) {
            String text = text(file);
            places.read(new File(file).getPath(), text); // as the parser names it
            ConfigParseOptions options = ConfigParseOptions.defaults()
                    .setSyntax(ConfigSyntax.CONF)
                    .setAllowMissing(false)
                    .setIncluder(new StrictIncluder());
            try {
                Config config = ConfigFactory.parseFile(new File(file), options);
                for (String set : sets) {
                    config = overlay(set).withFallback(config);
                }
                config = config.resolve(ConfigResolveOptions.defaults());
                refuseTwoOfOneName();
                return config.root();
            } catch (ConfigException.UnresolvedSubstitution e) {
                throw new UserException("Cannot read " + unresolved(e), e);
            } catch (ConfigException.Parse e) {
                String detail = detail(e);
                Optional<String> unclosed =
                        places.unclosed(new File(file).getPath()).filter(place -> detail.contains("end of file"));
                throw new UserException(
                        "Cannot read "
                                + unclosed.map(place -> place + ": what is opened here is never closed")
                                        .orElse(detail + "; expected key = value, a block { … } or a list [ … ]"),
                        e);
            } catch (ConfigException e) {
                throw new UserException("Cannot read " + detail(e), e);
            }
        }

        private String unresolved(ConfigException e) {
            Matcher name = Pattern.compile("\\$\\{(.*?)}").matcher(String.valueOf(e.getMessage()));
            boolean cycle = String.valueOf(e.getMessage()).contains("cycle");
            if (cycle || !name.find()) {
                return detail(e);
            }
            String place = e.origin() == null ? file : places.of(e.origin(), List.of());
            return place + ": " + name.group() + " stands for nothing, expected a key of this file or a variable of the"
                    + " environment, or ${?…} where it may be missing" + places.hint(name.group(1));
        }

        /** {@code file:line: what}, from {@code file: line: what (advice about other file formats)}. */
        private String detail(ConfigException e) {
            String message = String.valueOf(e.getMessage()).replaceFirst(" \\(if you intended .*", "");
            String place = file;
            if (e.origin() != null) {
                place = places.of(e.origin(), List.of());
                String prefix = e.origin().description() + ": ";
                message = message.startsWith(prefix) ? message.substring(prefix.length()) : message;
            }
            return Secrets.redact(place + ": " + message);
        }

        private static String text(String file) {
            Path path = Path.of(file);
            try {
                return Files.readString(path);
            } catch (CharacterCodingException e) {
                throw new UserException("Cannot read run file " + file + ": it is no text in UTF-8", e);
            } catch (IOException e) {
                if (Files.isDirectory(path)) {
                    throw new UserException(
                            "Cannot read run file " + file + ": it is a directory, expected a file" + filesIn(path), e);
                }
                if (!Files.exists(path)) {
                    throw new UserException(
                            "Cannot read run file " + file + ": there is no such file" + nearestFile(path), e);
                }
                throw new UserException(
                        "Cannot read run file " + file + ": it cannot be opened, check its permissions", e);
            }
        }

        private static String nearestFile(Path path) {
            Path directory = path.toAbsolutePath().getParent();
            List<String> names = directory == null ? List.of() : confFiles(directory);
            return Nearest.hint(String.valueOf(path.getFileName()), names);
        }

        private static String filesIn(Path directory) {
            List<String> names = confFiles(directory);
            return names.isEmpty() ? "" : " in it: " + String.join(", ", names);
        }

        private static List<String> confFiles(Path directory) {
            try (Stream<Path> files = Files.list(directory)) {
                return files.map(f -> String.valueOf(f.getFileName()))
                        .filter(name -> name.endsWith(".conf"))
                        .sorted()
                        .toList();
            } catch (IOException e) {
                return List.of();
            }
        }

        /** {@code a.b=c}: the value is read as HOCON, so that numbers are numbers; a bare word may hold any character. */
        private static Config overlay(String set) {
            int equals = set.indexOf('=');
            if (equals < 1) {
                throw new UserException(
                        "Cannot read --set " + set + ": expected key=value, for example --set stages.sample.size=100");
            }
            String text = set.substring(equals + 1).strip();
            ConfigParseOptions options = ConfigParseOptions.defaults().setOriginDescription(Places.SET);
            ConfigValue bare = ConfigValueFactory.fromAnyRef(text, Places.SET);
            ConfigValue value = bare;
            try {
                ConfigValue parsed = ConfigFactory.parseString("value = " + text, options)
                        .root()
                        .get("value");
                boolean typed =
                        parsed != null && (text.startsWith("\"") || parsed.valueType() != ConfigValueType.STRING);
                value = typed && parsed != null ? parsed : bare;
            } catch (ConfigException e) {
                if (text.startsWith("{") || text.startsWith("[") || text.startsWith("\"")) {
                    throw new UserException("Cannot read --set " + set + ": expected a value as in a run file", e);
                }
            }
            try {
                return ConfigFactory.empty().withValue(set.substring(0, equals).strip(), value);
            } catch (ConfigException e) {
                throw new UserException(
                        "Cannot read --set " + set + ": expected key=value, the key's parts joined by dots", e);
            }
        }

        private void refuseTwoOfOneName() {
            for (String name : places.below(STAGES)) {
                List<String> blocks = places.blocks(List.of(STAGES, name));
                if (!blocks.isEmpty()) {
                    throw new UserException("Cannot read " + blocks.get(1) + ": two stages are named " + name
                            + ", the other at " + blocks.get(0) + "; rename one, or write stages." + name
                            + ".<key> = … to change one key");
                }
            }
        }

        /** Includes files that lie beside the including one, and fails where there is none. */
        private final class StrictIncluder
                implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {

            @Override
            public ConfigIncluder withFallback(ConfigIncluder fallback) {
                return this;
            }

            @Override
            public ConfigObject include(ConfigIncludeContext context, String what) {
                ConfigParseable beside = context.relativeTo(what);
                String name = beside == null ? null : beside.origin().filename();
                return parse(what, name == null ? null : new File(name), context);
            }

            @Override
            public ConfigObject includeFile(ConfigIncludeContext context, File what) {
                return parse(what.getPath(), what, context);
            }

            private ConfigObject parse(String what, @Nullable File included, ConfigIncludeContext context) {
                if (included == null || !included.isFile()) {
                    String place = places.include(what).orElse(file);
                    Path beside = Path.of(place.replaceFirst(":[0-9]+$", "")).resolveSibling(what);
                    throw new UserException("Cannot read " + place + ": include \"" + what + "\": there is no file "
                            + beside + nearestFile(beside));
                }
                places.read(included.getPath(), text(included.getPath()));
                return ConfigFactory.parseFile(included, context.parseOptions().setAllowMissing(false))
                        .root();
            }

            @Override
            public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
                throw new UserException("Cannot read " + file + ": include url(" + Secrets.redact(what.toString())
                        + "): expected a file; a run file reads nothing from the network");
            }

            @Override
            public ConfigObject includeResources(ConfigIncludeContext context, String what) {
                throw new UserException("Cannot read " + file + ": include classpath(" + what + "): expected a file");
            }
        }

        // Tree to stages

        private Map<String, ConfigObject> stageBlocks(ConfigObject root) {
            ConfigValue stages = root.get(STAGES);
            List<String> path = List.of(STAGES);
            if (stages == null) {
                throw new UserException(
                        "Cannot read " + file
                                + ": stages is missing, expected a block of named stages; for example stages { documents { job = ingest, … } }");
            }
            if (!(stages instanceof ConfigObject named)) {
                throw binding.wrong(stages, path, "a block of named stages");
            }
            if (named.isEmpty()) {
                throw new UserException("Cannot read " + places.of(stages.origin(), path)
                        + ": stages is empty, expected at least one stage; for example documents { job = ingest, … }");
            }
            Map<String, ConfigObject> ordered = new LinkedHashMap<>();
            List<String> names = new ArrayList<>(places.below(STAGES));
            names.addAll(new TreeMap<>(named).keySet());
            for (String name : names) {
                ConfigValue block = named.get(name);
                if (block == null) {
                    continue; // written, and taken back by a later null
                }
                List<String> below = Binding.below(path, name);
                if (!(block instanceof ConfigObject object)) {
                    throw binding.wrong(block, below, "a block { job = …, … }");
                }
                if (!name.matches("[A-Za-z0-9][A-Za-z0-9_-]*")) {
                    throw new UserException("Cannot read " + places.of(block.origin(), below) + ": stage name = " + name
                            + ", expected letters, digits, - and _; it names a directory");
                }
                ordered.putIfAbsent(name, object);
            }
            return ordered;
        }

        private StageGraph.Declared stage(String name, ConfigObject block, long runSeed) {
            List<String> path = List.of(STAGES, name);
            Job<?> job = job(block, path);
            ConfigObject config = block;
            for (String key : STAGE_KEYS) {
                config = config.withoutKey(key);
            }
            // Without the stage's own keys, yet they count when a misspelt one is looked up.
            Record bound = binding.bind(config, job.typical(), path, STAGE_KEYS);
            ConfigValue seedName = block.get("seed_name");
            String seedFrom = seedName == null ? name : binding.text(seedName, Binding.below(path, "seed_name"));
            return new StageGraph.Declared(
                    new Stage(
                            name,
                            name,
                            job,
                            bound,
                            seedFrom,
                            runSeed,
                            inputs(block, job, path),
                            places.of(block.origin(), path)),
                    seeds(block, path));
        }

        private Job<?> job(ConfigObject block, List<String> path) {
            ConfigValue name = block.get("job");
            String expected = "one of " + String.join(", ", jobs.keySet());
            List<String> below = Binding.below(path, "job");
            if (name == null) {
                String misspelt = Nearest.to("job", block.keySet())
                        .map(key -> "; is '" + key + "' meant to be it?")
                        .orElse("");
                throw new UserException("Cannot read " + places.of(block.origin(), path) + ": " + Places.dotted(below)
                        + " is missing, expected " + expected + misspelt);
            }
            Job<?> job = name.valueType() == ConfigValueType.STRING ? jobs.get((String) name.unwrapped()) : null;
            if (job == null) {
                throw binding.wrong(
                        name, below, expected + Nearest.hint(String.valueOf(name.unwrapped()), jobs.keySet()));
            }
            return job;
        }

        private Map<String, Stage.Input> inputs(ConfigObject block, Job<?> job, List<String> path) {
            ConfigValue given = block.get("input");
            List<String> below = Binding.below(path, "input");
            Map<String, Stage.Input> inputs = new LinkedHashMap<>();
            if (given == null) {
                return inputs;
            }
            if (job.reads().isEmpty()) {
                throw new UserException("Cannot read " + places.of(given.origin(), below) + ": " + Places.dotted(below)
                        + " is given, but job " + job.name() + " reads no stage; remove it");
            }
            List<String> roles = job.reads().stream().map(Job.Role::name).toList();
            if (!(given instanceof ConfigObject byRole)) {
                inputs.put(roles.get(0), input(given, below));
                return inputs;
            }
            byRole.forEach((role, value) -> {
                if (!roles.contains(role)) {
                    throw binding.unknown(value, role, roles, below);
                }
            });
            for (String role : roles) {
                ConfigValue value = byRole.get(role);
                if (value != null) {
                    inputs.put(role, input(value, Binding.below(below, role)));
                }
            }
            return inputs;
        }

        private Stage.Input input(ConfigValue given, List<String> path) {
            if (given.valueType() != ConfigValueType.STRING) {
                throw binding.wrong(given, path, "a stage's name or the path of an artifact");
            }
            String from = (String) given.unwrapped();
            boolean isPath = from.contains("/") || from.contains(":");
            return new Stage.Input(from, !isPath, places.of(given.origin(), path));
        }

        private List<Long> seeds(ConfigObject block, List<String> path) {
            ConfigValue given = block.get("seeds");
            if (given == null) {
                return List.of();
            }
            List<String> below = Binding.below(path, "seeds");
            String expected = "a list of whole numbers, each once; for example seeds = [0, 1, 2]";
            if (!(given instanceof ConfigList list) || list.isEmpty()) {
                throw binding.wrong(given, below, expected);
            }
            List<Long> seeds = new ArrayList<>();
            for (ConfigValue value : list) {
                boolean whole = value.unwrapped() instanceof Integer || value.unwrapped() instanceof Long;
                if (!whole || seeds.contains(((Number) value.unwrapped()).longValue())) {
                    throw binding.wrong(value, below, expected);
                }
                seeds.add(((Number) value.unwrapped()).longValue());
            }
            return List.copyOf(seeds);
        }

        private static void refuseMissingInputs(List<StageGraph.Declared> declared) {
            for (StageGraph.Declared d : declared) {
                for (Job.Role role : d.stage().job().reads()) {
                    if (role.required() && !d.stage().inputs().containsKey(role.name())) {
                        boolean several = d.stage().job().reads().size() > 1;
                        String key = "stages." + ConfigUtil.joinPath(d.stage().name()) + ".input"
                                + (several ? "." + role.name() : "");
                        String names = StageGraph.holders(
                                declared, role.table(), d.stage().name());
                        throw new UserException("Cannot read " + d.stage().place() + ": " + key
                                + " is missing, expected a stage that holds "
                                + role.table().name()
                                + (names.isEmpty() ? ", or the path of an artifact that does" : ": " + names));
                    }
                }
            }
        }
    }
}
