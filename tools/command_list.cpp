// attune list: what there is, one line each.
#include <attune/initialize.hpp>
#include <attune/optim.hpp>
#include <attune/plugins.hpp>
#include <fmt/format.h>
#include <functional>

#include "tools/command.hpp"
#include "tools/declared.hpp"
#include "tools/json.hpp"
#include "tools/plugins.hpp"
#include "tools/say.hpp"
#include "tools/task.hpp"
#include "tools/terminal.hpp"

namespace attune::tools {
namespace {

struct Item {
  std::string name, family, summary;
};
using Items = std::vector<Item>;

Items of_declared(std::span<const Declared> rows) {
  Items items;
  for (const Declared& row : rows) items.push_back({row.name, row.family, row.summary});
  return items;
}

template <class T>
Items of_registry(const Registry<T>& registry) {
  Items items;
  for (const std::string& name : registry.names()) {
    items.push_back({registry.at(name).form, "", registry.at(name).summary});
  }
  return items;
}

Items optimizers() {
  Items items;
  for (const std::string& name : optim::names()) {
    const auto info = optim::describe(name);
    items.push_back({name, info.origin, info.cite});
  }
  return items;
}

Items initializer_items() {
  Items items;
  for (const std::string& name : initializers()) {
    const auto info = initializer_info(name);
    items.push_back({name, info.origin, info.cite});
  }
  return items;
}

const Registry<std::function<Items()>>& kinds() {
  static Registry<std::function<Items()>> all("kind of things");
  [[maybe_unused]] static const bool filled = [] {
    all.add("optimizers", optimizers, "attune");
    all.add("initializers", initializer_items, "attune");
    all.add(
        "data", [] { return of_registry(data_sources()); }, "attune");
    all.add(
        "models", [] { return of_registry(model_kinds()); }, "attune");
    all.add(
        "layers", [] { return of_declared(declared_layers()); }, "attune");
    all.add(
        "operations", [] { return of_declared(declared_operations()); }, "attune");
    return true;
  }();
  return all;
}

class ListCommand final : public Command {
 public:
  std::string summary() const override {
    return fmt::format("List {}", fmt::join(kinds().names(), ", "));
  }
  std::string examples() const override {
    return "  attune list optimizers\n  attune list operations --json";
  }
  void declare(Arguments& arguments) override {
    const auto meaning = fmt::format("what to list: {}", fmt::join(kinds().names(), ", "));
    arguments.positional("kind", kind_, meaning.c_str());
    arguments.option("--plugin", plugins_, "file to load rules and initializers from");
    arguments.flag("--json", json_, "as JSON, one object a line");
  }
  int run() override {
    load_rules(plugins_);
    const Items items = kinds().at(kind_)();
    std::size_t name_width = 0, family_width = 0;
    for (const Item& item : items) {
      name_width = std::max(name_width, item.name.size());
      family_width = std::max(family_width, item.family.size());
    }
    const std::size_t indent = name_width + 2 + (family_width == 0 ? 0 : family_width + 2);
    const std::size_t width = terminal_width();
    JsonLines lines(json_ ? "-" : "");
    for (const Item& item : items) {
      if (json_) {
        Json::Object object{{"name", item.name}};
        if (!item.family.empty()) object.emplace_back("family", item.family);
        object.emplace_back("summary", item.summary);
        lines.write(object);
      } else if (family_width == 0) {
        say(stdout, fmt::format("{:<{}}  {}\n", item.name, name_width,
                                wrapped(item.summary, indent, width)));
      } else {
        say(stdout, fmt::format("{:<{}}  {:<{}}  {}\n", item.name, name_width, item.family,
                                family_width, wrapped(item.summary, indent, width)));
      }
    }
    return 0;
  }

 private:
  std::string kind_;
  std::vector<std::string> plugins_;
  bool json_ = false;
};

const Added<ListCommand> added("list");

}  // namespace
}  // namespace attune::tools
