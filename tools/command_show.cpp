// attune show: one optimizer or initializer, with its options.
#include <algorithm>
#include <attune/initialize.hpp>
#include <attune/optim.hpp>
#include <fmt/format.h>
#include <utility>

#include "tools/command.hpp"
#include "tools/json.hpp"
#include "tools/plugins.hpp"
#include "tools/say.hpp"
#include "tools/task.hpp"
#include "tools/terminal.hpp"

namespace attune::tools {
namespace {

std::string default_of(const OptionInfo& option) {
  if (option.kind == "choice") return option.choices.at(static_cast<std::size_t>(option.initial));
  if (option.kind == "bool") return option.initial != 0 ? "true" : "false";
  return fmt::format("{:g}", option.initial);
}

std::string range_of(const OptionInfo& option) {
  if (option.kind == "choice") return fmt::format("{}", fmt::join(option.choices, "|"));
  if (option.kind == "bool") return "true|false";
  return fmt::format("{}{:g}, {:g}{}", option.low_open ? '(' : '[', option.low, option.high,
                     option.high_open ? ')' : ']');
}

bool is_searched(const OptionInfo& option) {
  const bool number = option.kind == "real" || option.kind == "int";
  return number && option.search_low < option.search_high;
}

// Where a search looks; a default of 0 beside it leaves the option out.
std::string search_range(const OptionInfo& option) {
  if (!is_searched(option)) return "";
  return fmt::format("{:g} .. {:g}", option.search_low, option.search_high);
}

void print(const std::string& title, const std::vector<OptionInfo>& options) {
  if (options.empty()) return;
  constexpr std::size_t column = 2 + 14 + 1 + 8 + 1 + 10 + 1 + 22 + 1 + 15 + 1, least = 30;
  const std::size_t width = terminal_width();
  const bool below = width > 0 && width < column + least;  // the meaning, on lines of its own
  say(stdout, fmt::format("\n{:<16} {:<8} {:<10} {:<22} {:<15} {}\n", title, "kind", "default",
                          "valid", "search", below ? "" : "meaning"));
  for (const OptionInfo& option : options) {
    const std::size_t indent = below ? 6 : column;
    say(stdout, fmt::format("  {:<14} {:<8} {:<10} {:<22} {:<15} {}{}\n", option.name, option.kind,
                            default_of(option), range_of(option), search_range(option),
                            below ? '\n' + std::string(indent, ' ') : "",
                            wrapped(option.meaning, indent, width)));
  }
}

Json to_json(const std::vector<OptionInfo>& options) {
  Json::Array array;
  for (const OptionInfo& option : options) {
    Json::Object object{{"name", option.name}, {"kind", option.kind}, {"meaning", option.meaning}};
    if (option.kind == "bool") {
      object.emplace_back("default", option.initial != 0);
    } else if (option.kind == "choice") {
      object.emplace_back("default", default_of(option));
      object.emplace_back("choices", tools::to_json(option.choices));
    } else {
      object.emplace_back("default", option.initial);
      object.emplace_back("low", option.low);
      object.emplace_back("high", option.high);
      object.emplace_back("low_open", option.low_open);
      object.emplace_back("high_open", option.high_open);
      if (is_searched(option)) {
        object.emplace_back("search_low", option.search_low);
        object.emplace_back("search_high", option.search_high);
        object.emplace_back("search_scale", option.search_scale);
      }
    }
    array.emplace_back(object);
  }
  return array;
}

class ShowCommand final : public Command {
 public:
  std::string summary() const override {
    return "Explain an optimizer or an initializer: source, options, state";
  }
  std::string examples() const override {
    return "  attune show optimizer adam\n  attune show adam\n  attune show initializer he_normal\n"
           "  attune show optimizer lion --plugin lion.so\n"
           "An option accepts what stands under `valid`; under `search`, where good values are "
           "looked for.";
  }
  void declare(Arguments& arguments) override {
    arguments.positional("kind", kind_, "optimizer or initializer");
    arguments.positional("name", name_, "its name; see: attune list", /*required=*/false);
    arguments.option("--plugin", plugins_, "file to load rules and initializers from");
    arguments.flag("--json", json_, "as a JSON object");
  }
  int run() override {
    load_rules(plugins_);
    if (name_.empty()) find_kind();
    if (kind_ == "optimizer") {
      require_loaded("optimizer", {name_}, optim::names());
      show(optim::describe(name_));
    } else if (kind_ == "initializer") {
      require_loaded("initializer", {name_}, initializers());
      show(initializer_info(name_));
    } else {
      const std::string known[] = {"initializer", "optimizer"};
      const std::string nearest = did_you_mean(kind_, known);
      throw Error(ErrorKind::value, "show: \"" + kind_ + "\" is neither optimizer nor initializer" +
                                        (nearest.empty() ? "" : ": ") + nearest);
    }
    return 0;
  }

 private:
  // attune show adam
  void find_kind() {
    const std::vector<std::string> rules = optim::names(), all = initializers();
    const bool rule = std::ranges::find(rules, kind_) != rules.end();
    if (!rule && std::ranges::find(all, kind_) == all.end()) {
      if (kind_ == "optimizer" || kind_ == "initializer") {
        throw Error(ErrorKind::value,
                    fmt::format("show {}: which one? see: attune list {}s", kind_, kind_));
      }
      require_loaded("optimizer or initializer", {kind_}, {});
      throw Error(ErrorKind::value, fmt::format("show: {} is neither an optimizer nor an "
                                                "initializer; see: attune list",
                                                kind_));
    }
    name_ = std::exchange(kind_, rule ? "optimizer" : "initializer");
  }

  void show(const optim::RuleInfo& rule) const {
    if (json_) {
      JsonLines("-").write({{"name", rule.name},
                            {"cite", rule.cite},
                            {"origin", rule.origin},
                            {"version", static_cast<std::int64_t>(rule.version)},
                            {"options", to_json(rule.options)},
                            {"host_options", to_json(rule.host_options)},
                            {"state", tools::to_json(rule.states)},
                            {"saved", tools::to_json(rule.saved)},
                            {"unmet", rule.unmet}});
      return;
    }
    say(stdout, fmt::format("{} (version {}, from {})\n  {}\n", rule.name, rule.version,
                            rule.origin, wrapped(rule.cite, 2, terminal_width())));
    if (!rule.unmet.empty())
      say(stdout, fmt::format("  cannot be made by this version: needs {}\n", rule.unmet));
    print("options", rule.options);
    print("of every rule", rule.host_options);
    say(stdout, fmt::format("\nstate per element: {}\n",
                            rule.states.empty() ? "none"
                                                : fmt::format("{}", fmt::join(rule.states, ", "))));
    if (!rule.saved.empty()) {
      say(stdout, fmt::format("state per group:   {}\n", fmt::join(rule.saved, ", ")));
    }
  }

  void show(const InitializerInfo& initializer) const {
    if (json_) {
      JsonLines("-").write({{"name", initializer.name},
                            {"cite", initializer.cite},
                            {"origin", initializer.origin},
                            {"options", to_json(initializer.options)}});
      return;
    }
    say(stdout, fmt::format("{} (from {})\n  {}\n", initializer.name, initializer.origin,
                            wrapped(initializer.cite, 2, terminal_width())));
    print("options", initializer.options);
  }

  std::string kind_, name_;
  std::vector<std::string> plugins_;
  bool json_ = false;
};

const Added<ShowCommand> added("show");

}  // namespace
}  // namespace attune::tools
