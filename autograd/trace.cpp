// trace(), and a Trace as a table and as a drawing.
#include "attune/trace.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <ostream>
#include <thread>

#include "attune/mode.hpp"
#include "autograd/tracer.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune {
namespace internal {

namespace {

std::string text_of(const Attribute& attribute) {
  switch (attribute.kind) {
    case Attribute::Kind::integer:
      return std::to_string(attribute.integer);
    case Attribute::Kind::real:
      return fmt::format("{}", attribute.real);
    case Attribute::Kind::flag:
      return attribute.integer ? "true" : "false";
    case Attribute::Kind::text:
      return attribute.text;
    default:
      return to_string(*attribute.list);
  }
}

}  // namespace

AttributeTexts texts_of(std::span<const Attribute> attributes) {
  AttributeTexts texts;
  for (const Attribute& attribute : attributes) {
    texts.emplace_back(attribute.name, text_of(attribute));
  }
  return texts;
}

std::string joined(const AttributeTexts& attributes) {
  std::string text;
  for (const auto& [name, value] : attributes) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name, value);
  }
  return text;
}

}  // namespace internal

namespace {

class Recorder : public internal::Tracer {
 public:
  Trace trace;

  void add_input(const Tensor& tensor, std::size_t position) {
    append(tensor, "input", fmt::format("input {}", position));
  }

  void add(const Op& op, const Tensor& result, std::span<const Tensor* const> inputs) override {
    if (std::this_thread::get_id() != thread_) return;  // a worker that was handed the mode
    std::vector<std::size_t> positions;
    std::vector<std::size_t> absent;  // arguments that were left out in front of one that was not
    std::size_t given = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i]->defined()) {
        absent.push_back(i);
        continue;
      }
      positions.push_back(position_of(*inputs[i]));
      given = absent.size();
    }
    absent.resize(given);
    TraceNode& node = append(result, op.name, "");
    node.inputs = std::move(positions);
    node.attributes = internal::texts_of(op.attributes);
    if (!absent.empty()) {
      node.attributes.emplace_back("left_out", fmt::format("[{}]", fmt::join(absent, ", ")));
    }
  }

  void write(const Op& op, const Tensor& target, std::span<const Tensor* const> inputs) override {
    if (std::this_thread::get_id() != thread_) return;
    add(op, target, inputs);
    writes_[target.impl()->storage].push_back(trace.nodes.size() - 1);
  }

  std::size_t position_of(const Tensor& tensor) {
    const auto found = positions_.find(tensor.impl());
    const bool known = found != positions_.end();
    if (!known) add_constant(tensor);
    const std::size_t position = known ? found->second : trace.nodes.size() - 1;
    // What was written since through other tensors of the same memory.
    const auto written = writes_.find(tensor.impl()->storage);
    if (written == writes_.end()) return position;
    const std::vector<std::size_t>& all = written->second;  // ascending
    const auto since = known ? std::ranges::upper_bound(all, position) : all.begin();
    if (since == all.end()) return position;
    std::vector<std::size_t> inputs = {position};
    inputs.insert(inputs.end(), since, all.end());
    append(tensor, "shared_memory", "").inputs = std::move(inputs);
    return trace.nodes.size() - 1;
  }

 private:
  // One that came from elsewhere, such as a number beside a tensor.
  void add_constant(const Tensor& tensor) {
    TraceNode& node = append(tensor, "constant", std::string(tensor.name()));
    if (tensor.dim() > 0 || !tensor.impl()->data) return;
    const Attribute value = is_floating(tensor.dtype())
                                ? Attribute("value", tensor.item<double>())
                                : Attribute("value", tensor.item<std::int64_t>());
    node.attributes = internal::texts_of({&value, 1});
  }

  TraceNode& append(const Tensor& tensor, std::string operation, std::string name) {
    const bool fresh = positions_.insert_or_assign(tensor.impl(), trace.nodes.size()).second;
    if (fresh) alive_.push_back(tensor);
    TraceNode& node = trace.nodes.emplace_back();
    node.operation = std::move(operation);
    node.name = std::move(name);
    node.shape = tensor.shape();
    node.dtype = tensor.dtype();
    node.requires_grad = tensor.requires_grad();
    return node;
  }

  std::thread::id thread_ = std::this_thread::get_id();
  std::map<const internal::Impl*, std::size_t> positions_;               // only looked up
  std::map<const internal::Storage*, std::vector<std::size_t>> writes_;  // only looked up
  std::vector<Tensor> alive_;  // so that no address is used twice
};

class TraceScope : public ModeScope {
 public:
  explicit TraceScope(internal::Tracer& tracer) noexcept { mode().tracer = &tracer; }
};

std::string label(const TraceNode& node) { return node.name.empty() ? node.operation : node.name; }

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

Trace trace(const std::function<Tensor(std::span<const Tensor>)>& function,
            std::span<const Tensor> inputs) {
  if (Mode::current().tracer) {
    internal::fail(ErrorKind::state, "trace", "a trace is running in this thread: end it first");
  }
  if (!function) internal::fail(ErrorKind::value, "trace", "the function is null");
  Recorder recorder;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    internal::operand("trace", inputs[i]);
    recorder.add_input(inputs[i], i);
  }
  Tensor result;
  {
    const TraceScope scope(recorder);
    result = function(inputs);
  }
  if (!result.defined()) {
    internal::fail(ErrorKind::state, "trace",
                   "the function returned an undefined Tensor: return what is to be traced");
  }
  recorder.trace.result = recorder.position_of(result);
  return std::move(recorder.trace);
}

std::string Trace::dot() const {
  std::string text = "digraph trace {\n  node [shape=box];\n";
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const TraceNode& node = nodes[i];
    const std::string attributes = internal::joined(node.attributes);
    text +=
        fmt::format("  n{} [label=\"{}{}{}\\n{} {}\"{}];\n", i, escaped(label(node)),
                    attributes.empty() ? "" : "\\n", escaped(attributes), name(node.dtype),
                    to_string(node.shape), node.operation == "constant" ? ", style=dashed" : "");
    for (std::size_t input : node.inputs) text += fmt::format("  n{} -> n{};\n", input, i);
  }
  return text + "}\n";
}

std::ostream& operator<<(std::ostream& out, const Trace& trace) {
  std::vector<std::vector<std::string>> rows = {
      {"#", "operation", "inputs", "attributes", "shape", "type", "gradient"}};
  for (std::size_t i = 0; i < trace.nodes.size(); ++i) {
    const TraceNode& node = trace.nodes[i];
    rows.push_back({std::to_string(i), label(node), fmt::format("{}", fmt::join(node.inputs, " ")),
                    internal::joined(node.attributes), to_string(node.shape), name(node.dtype),
                    node.requires_grad ? "yes" : ""});
  }
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
  return out;
}

}  // namespace attune
