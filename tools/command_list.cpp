// attune list: what there is, one line each.
#include <attune/initialize.hpp>
#include <attune/optim.hpp>
#include <attune/plugins.hpp>
#include <fmt/format.h>
#include <functional>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/command.hpp"
#include "tools/declared.hpp"
#include "tools/json.hpp"
#include "tools/plugins.hpp"
#include "tools/task.hpp"

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

// The columns of the terminal; where there is none, lines are for programs and stay whole.
std::size_t terminal_width() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

// The text broken between words to lines of `width`, those after the first moved in.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t width) {
  constexpr std::size_t least = 20;
  if (width < indent + least) return text;
  std::string lines;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.size();
    if (end - at > width - indent) {
      const std::size_t space = text.rfind(' ', at + width - indent);
      end = space == std::string::npos || space <= at ? text.find(' ', at) : space;
      end = std::min(end, text.size());
    }
    if (at > 0) lines += '\n' + std::string(indent, ' ');
    lines += text.substr(at, end - at);
    at = end + 1;
  }
  return lines;
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
    arguments.positional("kind", kind_, "what to list");
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
        fmt::print("{:<{}}  {}\n", item.name, name_width, wrapped(item.summary, indent, width));
      } else {
        fmt::print("{:<{}}  {:<{}}  {}\n", item.name, name_width, item.family, family_width,
                   wrapped(item.summary, indent, width));
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
