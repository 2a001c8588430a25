// Gradients as a value, and grad() on top of backward.
#include <algorithm>
#include <cmath>

#include "attune/autograd.hpp"
#include "attune/ops.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune {

using internal::fail;

namespace {

auto position(std::span<const Gradients::Entry> entries, std::uint64_t variable) {
  return std::ranges::lower_bound(entries, variable, {}, &Gradients::Entry::variable) -
         entries.begin();
}

// Asks for the gradients of intermediate results until the end of its life.
struct Asked {
  std::vector<internal::Impl*> results;
  ~Asked() {
    for (internal::Impl* result : results) result->extras->retain_grad = false;
  }
};

}  // namespace

const Tensor* Gradients::find(const Tensor& variable) const noexcept {
  if (!variable.defined() || variable.impl()->id == 0) return nullptr;
  const std::uint64_t id = variable.impl()->id;
  const auto i = static_cast<std::size_t>(position(entries_, id));
  return i < entries_.size() && entries_[i].variable == id ? &entries_[i].gradient : nullptr;
}

const Tensor& Gradients::operator[](const Tensor& variable) const {
  if (const Tensor* found = find(variable)) return *found;
  if (!variable.defined()) fail(ErrorKind::state, "Gradients", "asked for an undefined Tensor");
  const std::string_view path = variable.name();
  fail(ErrorKind::state, "Gradients",
       "{} of shape {} has no gradient here: it took no part in the loss{}",
       path.empty() ? std::string_view("the tensor") : path, variable.shape(),
       variable.requires_grad() ? " (or the model was copied after the forward)"
                                : ", since it does not require one: set_requires_grad()");
}

Tensor* Gradients::slot(std::uint64_t variable) {
  const auto i = position(entries_, variable);
  if (i == std::ssize(entries_) || entries_[static_cast<std::size_t>(i)].variable != variable) {
    entries_.insert(entries_.begin() + i, Entry{variable, Tensor()});
  }
  return &entries_[static_cast<std::size_t>(i)].gradient;
}

void Gradients::set(const Tensor& variable, Tensor gradient) {
  if (!variable.defined() || variable.impl()->id == 0) {
    fail(ErrorKind::state, "Gradients::set", "the tensor never required a gradient");
  }
  if (gradient.shape() != variable.shape() || gradient.dtype() != variable.dtype()) {
    fail(ErrorKind::shape, "Gradients::set",
         "a gradient of shape {} and type {} for a variable of shape {} and type {}",
         gradient.shape(), gradient.dtype(), variable.shape(), variable.dtype());
  }
  *slot(variable.impl()->id) = std::move(gradient);
}

Gradients& Gradients::operator+=(const Gradients& other) {
  for (const Entry& entry : other.entries_) {
    Tensor& sum = *slot(entry.variable);
    sum = sum.defined() ? sum + entry.gradient : entry.gradient;
  }
  return *this;
}

Gradients& Gradients::operator*=(double factor) {
  for (Entry& entry : entries_) entry.gradient = entry.gradient * factor;
  return *this;
}

double Gradients::norm() const {
  double squares = 0;
  for (const Entry& entry : entries_) squares += internal::sum_of_squares(entry.gradient);
  return std::sqrt(squares);
}

bool Gradients::all_finite() const {
  return std::ranges::all_of(
      entries_, [](const Entry& entry) { return internal::all_finite(entry.gradient); });
}

std::vector<Tensor> grad(const Tensor& result, std::span<const Tensor> variables,
                         const BackwardOptions& options) {
  BackwardOptions retained = options;
  retained.retain = true;
  Asked asked;
  for (const Tensor& variable : variables) {
    if (!variable.requires_grad()) {
      fail(ErrorKind::state, "grad", "a variable of shape {} does not require a gradient",
           variable.shape());
    }
    internal::Impl& impl = *variable.impl();
    if (!impl.interior() || (impl.extras && impl.extras->retain_grad)) continue;
    Tensor(variable).retain_grad();
    asked.results.push_back(&impl);
  }
  const Gradients gradients = result.backward(retained);
  std::vector<Tensor> list;
  list.reserve(variables.size());
  for (const Tensor& variable : variables) {
    const Tensor* found = gradients.find(variable);
    list.push_back(found ? *found : zeros_like(variable));
  }
  return list;
}

}  // namespace attune
