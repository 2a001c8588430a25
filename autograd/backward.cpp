// The walk over the graph from a result back to the variables.
//
// First pass: claim every node that leads to a variable and count the edges into it. Second pass:
// take the nodes whose count reached zero, so that a gradient is complete before it moves on. Both
// passes are loops, and their order follows from the graph alone.
#include <algorithm>
#include <new>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "attune/autograd.hpp"
#include "attune/ops.hpp"
#include "autograd/anomaly.hpp"
#include "autograd/deriving.hpp"
#include "autograd/pass_values.hpp"
#include "autograd/sabotage.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/mode.hpp"

namespace attune {

using internal::Edge;
using internal::fail;
using internal::Impl;

namespace {

// Derivatives are recorded or not, whatever the caller's mode. In anomaly mode their results are
// checked here, where the forward operation is known.
class RecordingScope : public ModeScope {
 public:
  explicit RecordingScope(bool on) noexcept {
    mode().recording = on;
    mode().check_finite = false;
  }
};

// What a derivative knows while it runs: its operation, also behind a pass of its own, and that it
// may write over the gradient, until it begins one.
class Derivation {
 public:
  Derivation(const char* operation, const Impl* spent) noexcept
      : outer_(std::exchange(internal::deriving, operation)) {
    internal::last_use_of = spent;
  }
  Derivation(const Derivation&) = delete;
  Derivation& operator=(const Derivation&) = delete;
  ~Derivation() {
    internal::last_use_of = nullptr;
    internal::deriving = outer_;
  }

 private:
  const char* outer_;
};

}  // namespace

class BackwardPass {
 public:
  BackwardPass(const Tensor& root, const BackwardOptions& options)
      : root_(root),
        options_(options),
        retain_(options.retain || options.record),
        number_(internal::new_identity()),
        check_finite_(internal::current_mode.check_finite) {}
  BackwardPass(const BackwardPass&) = delete;
  BackwardPass& operator=(const BackwardPass&) = delete;
  ~BackwardPass() {
    for (Impl* variable : hooked_) variable->drop();
    for (Impl* node : claimed_) {
      if (walking_ && node->state == internal::Edges::freed) {
        node->state = internal::Edges::abandoned;
      }
      node->gradient = Tensor();
      node->owner.store(nullptr, std::memory_order_release);
      node->drop();
    }
  }

  Gradients run() {
    Tensor seed = internal::seed_of(root_, options_.seed);
    Impl* const root = root_.impl();
    RecordingScope recording(options_.record);
    if (root->interior()) {
      claim_all(root);
      walking_ = true;
      std::size_t done = 0;  // nodes are mostly done in the order in which they were claimed
      root->gradient = std::move(seed);
      ready_.push_back(root);
      while (!ready_.empty()) {
        Impl* const node = ready_.back();
        ready_.pop_back();
        prefetch(done++ + 4);  // a node that a large graph has pushed out of the caches
        process(node);
      }
    } else {
      reach_variable(root, std::move(seed));
    }
    for (Impl* variable : hooked_) {
      Tensor& gradient = slot(variable->id);
      gradient = internal::after_hooks(*variable, std::move(gradient), number_);
    }
    walking_ = false;
    std::ranges::sort(gradients_.entries_, {}, &Gradients::Entry::variable);
    return std::move(gradients_);
  }

 private:
  void claim(Impl* node) {
    claimed_.push_back(node);  // first: what is owned must be given back even if this throws
    const void* nobody = nullptr;
    if (!node->owner.compare_exchange_strong(nobody, this, std::memory_order_acq_rel)) {
      claimed_.pop_back();
      fail(ErrorKind::state, "backward",
           "another backward is running through the same graph (operation {}): one graph serves "
           "one backward at a time",
           node->operation);
    }
    node->hold();
    node->pending = 0;
    if (node->state == internal::Edges::abandoned) {
      fail(ErrorKind::state, "backward",
           "the graph behind {} was freed, at least in part, by an earlier backward that did not "
           "finish (a hook or a derivative threw an error): compute the result again, and pass "
           "{{.retain = true}} to a backward that may fail",
           node->operation);
    }
    if (node->state == internal::Edges::freed) {
      fail(ErrorKind::state, "backward",
           "the graph behind {} was freed by an earlier backward: pass {{.retain = true}} to that "
           "one, or compute the result again",
           node->operation);
    }
  }

  void claim_all(Impl* root) {
    claim(root);
    for (std::size_t next = 0; next < claimed_.size(); ++next) {
      Impl* const node = claimed_[next];
      for (Edge& edge : std::span(node->edges(), node->edge_count)) {
        if (!edge.input->interior()) continue;
        if (edge.input->owner.load(std::memory_order_relaxed) != this) claim(edge.input);
        ++edge.input->pending;
      }
    }
  }

  void prefetch(std::size_t i) const noexcept {
    if (i >= claimed_.size()) return;
    const auto* const node = reinterpret_cast<const std::byte*>(claimed_[i]);
    for (std::size_t at = 0; at < sizeof(Impl); at += 64) __builtin_prefetch(node + at, 1);
  }

  // The gradient of one node goes on to its inputs.
  void process(Impl* node) {
    Tensor gradient = std::exchange(node->gradient, Tensor());
    if (gradient.defined() && node->extras) {
      gradient = internal::after_hooks(*node, std::move(gradient), number_);
      if (node->extras->retain_grad) add_to(slot(node->id), gradient);
    }
    const Tensor result = node->keeps_values ? internal::kept_result(*node) : Tensor();
    for (Edge& edge : std::span(node->edges(), node->edge_count)) {
      Tensor derivative;
      if (gradient.defined()) {
        const bool spent = node->edge_count == 1 && !check_finite_;
        const Derivation derivation(node->operation, spent ? gradient.impl() : nullptr);
        derivative = edge.call(edge.captures(), gradient, result);
      }
      if (derivative.defined()) {
        derivative =
            internal::sabotaged(std::move(derivative), node->operation, &edge - node->edges());
        if (derivative.dtype() != edge.input->dtype || derivative.shape() != edge.input->shape)
          derivative = internal::conformed(std::move(derivative), *edge.input, node->operation);
        if (check_finite_) {
          internal::check_finite_derivative(*node, gradient, *edge.input, derivative);
        }
      }
      Impl* const input = edge.input;
      if (!input->interior()) {
        if (derivative.defined()) reach_variable(input, std::move(derivative));
        continue;
      }
      if (derivative.defined()) add_to(input->gradient, std::move(derivative));
      if (--input->pending == 0) ready_.push_back(input);
    }
    if (!retain_) {
      node->state = internal::Edges::freed;
      node->free_edges();
    }
  }

  void add_to(Tensor& sum, Tensor term) const {
    if (!sum.defined()) {
      sum = std::move(term);
    } else if (!options_.record && internal::sole_owner(sum) && sum.is_contiguous()) {
      internal::accumulate(sum, term);
    } else {
      sum = sum + term;
    }
  }

  void reach_variable(Impl* variable, Tensor gradient) {
    add_to(slot(variable->id), std::move(gradient));
    if (variable->extras && !variable->extras->hooks.empty()) {
      if (!seen_.insert(variable).second) return;
      hooked_.push_back(variable);
      variable->hold();
    }
  }

  Tensor& slot(std::uint64_t variable) {
    std::vector<Gradients::Entry>& entries = gradients_.entries_;
    constexpr std::size_t few = 16;  // up to here a scan is faster than a hash
    if (entries.size() < few) {
      for (Gradients::Entry& entry : entries) {
        if (entry.variable == variable) return entry.gradient;
      }
    } else {
      for (std::size_t i = index_.size(); i < entries.size(); ++i) {
        index_.emplace(entries[i].variable, i);
      }
      if (const auto found = index_.find(variable); found != index_.end()) {
        return entries[found->second].gradient;
      }
    }
    entries.push_back({variable, Tensor()});
    return entries.back().gradient;
  }

  Tensor root_;
  const BackwardOptions& options_;
  bool retain_;
  std::uint64_t number_;  // of this backward, among those of hooks
  bool check_finite_;
  bool walking_ = false;        // edges may be freed, and the end is not reached
  std::vector<Impl*> claimed_;  // each with a hold
  std::vector<Impl*> ready_;
  std::vector<Impl*> hooked_;                             // variables with hooks, each with a hold
  std::unordered_set<Impl*> seen_;                        // those in hooked_, only looked up
  std::unordered_map<std::uint64_t, std::size_t> index_;  // of entries, only looked up
  Gradients gradients_;
};

Gradients Tensor::backward() const { return backward({}); }

Gradients Tensor::backward(const BackwardOptions& options) const {
  try {
    return BackwardPass(*this, options).run();
  } catch (const std::bad_alloc&) {
    fail(ErrorKind::memory, "backward",
         "no memory for the walk through the graph, or for a derivative or a hook on the way: use "
         "smaller batches or free tensors");
  }
}

}  // namespace attune
