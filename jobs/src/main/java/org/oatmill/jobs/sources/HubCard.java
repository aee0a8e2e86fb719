package org.oatmill.jobs.sources;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Nearest;
import org.oatmill.core.UserException;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * What the YAML at the top of a data set's {@code README.md} says of its files.
 *
 * @param directory where the configuration's files lie, with a slash at the end, or empty
 * @param globs by split; empty where the card leaves that to the names of files
 */
record HubCard(String directory, Map<String, List<String>> globs) {
    private static final HubCard SILENT = new HubCard("", Map.of());
    private static final Pattern FRONT =
            Pattern.compile("\\A\\uFEFF?---\\s*?\\R(.*?)\\R---\\s*?(\\R.*)?\\z", Pattern.DOTALL);

    /**
     * @param path of the folder, for messages
     * @param wanted name of a configuration, or null for the default one
     */
    static HubCard read(String readme, String path, @Nullable String wanted) {
        Matcher front = FRONT.matcher(readme);
        Object yaml;
        try {
            yaml = front.matches() ? new Yaml(new SafeConstructor(new LoaderOptions())).load(front.group(1)) : null;
        } catch (YAMLException e) {
            throw new UserException(
                    "Cannot read data set: README.md in path = " + path + " begins with YAML that is none: "
                            + e.getMessage(),
                    e);
        }
        Map<String, Map<?, ?>> configs = new LinkedHashMap<>();
        if (yaml instanceof Map<?, ?> map && map.get("configs") instanceof List<?> list) {
            for (Object entry : list) {
                if (entry instanceof Map<?, ?> config) {
                    Object name = config.get("config_name");
                    configs.put(name == null ? "default" : name.toString(), config);
                }
            }
        }
        Map<?, ?> config = chosen(configs, path, wanted);
        if (config == null) {
            return SILENT;
        }
        Object directory = config.get("data_dir");
        String prefix = directory == null
                ? ""
                : directory.toString().replaceFirst("^\\./", "").replaceFirst("/?$", "/");
        Map<String, List<String>> globs = new TreeMap<>();
        add(config.get("data_files"), "train", prefix, globs);
        return new HubCard(prefix, globs);
    }

    private static @Nullable Map<?, ?> chosen(Map<String, Map<?, ?>> configs, String path, @Nullable String wanted) {
        if (wanted != null) {
            Map<?, ?> config = configs.get(wanted);
            if (config == null) {
                throw new UserException("Cannot read data set: config = " + wanted + ", expected one that README.md in "
                        + path + " declares"
                        + (configs.isEmpty() ? ", which declares none" : ": " + String.join(", ", configs.keySet()))
                        + Nearest.hint(wanted, configs.keySet()));
            }
            return config;
        }
        if (configs.isEmpty()) {
            return null;
        }
        return Stream.concat(
                        configs.values().stream().filter(config -> Boolean.TRUE.equals(config.get("default"))),
                        Stream.ofNullable(configs.get("default")))
                .findFirst()
                .or(() -> configs.size() == 1 ? configs.values().stream().findFirst() : java.util.Optional.empty())
                .orElseThrow(() -> new UserException("Cannot read data set: config is not given, expected one of "
                        + String.join(", ", configs.keySet()) + ", as README.md in " + path + " declares them"));
    }

    /** Collects globs out of the forms the hub allows: a glob, a list, a map by split, or a list of split and path. */
    private static void add(@Nullable Object files, String split, String prefix, Map<String, List<String>> globs) {
        if (files instanceof List<?> list) {
            list.forEach(entry -> add(entry, split, prefix, globs));
        } else if (files instanceof Map<?, ?> map && map.containsKey("path")) {
            Object its = map.get("split");
            add(map.get("path"), its == null ? split : its.toString(), prefix, globs);
        } else if (files instanceof Map<?, ?> map) {
            map.forEach((its, paths) -> add(paths, String.valueOf(its), prefix, globs));
        } else if (files != null) {
            globs.computeIfAbsent(split, s -> new ArrayList<>())
                    .add(prefix + files.toString().replaceFirst("^\\./", ""));
        }
    }

    /** The split of each file that a glob matches. */
    Map<String, String> splitOf(List<String> names) {
        Map<String, String> splitOf = new TreeMap<>();
        globs.forEach((split, its) -> {
            List<String> matching = names.stream()
                    .filter(name -> its.stream().anyMatch(glob -> matches(glob, name)))
                    .toList();
            if (matching.isEmpty()) {
                throw new UserException("Cannot read data set: README.md gives " + its + " to the split " + split
                        + ", expected files of these names; were they downloaded?");
            }
            for (String name : matching) {
                String other = splitOf.put(name, split);
                if (other != null && !other.equals(split)) {
                    throw new UserException("Cannot read data set: README.md gives " + name + " to the splits " + other
                            + " and " + split + ", expected one");
                }
            }
        });
        return splitOf;
    }

    /** As the hub has it: {@code **} spans directories, none too, and a directory means all in it. */
    private static boolean matches(String glob, String name) {
        return Stream.of(glob, glob.replace("**/", ""), glob.replaceFirst("/?$", "/**"))
                .anyMatch(g ->
                        FileSystems.getDefault().getPathMatcher("glob:" + g).matches(Path.of(name)));
    }
}
