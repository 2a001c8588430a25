// The fields of an aggregate: how many there are, where they are and what they are called. A struct
// is the schema: field names become paths, option names and checkpoint keys; no macro, no
// registration. Which kinds of field a walk takes or refuses is decided by the walk, not here.
//
// Layer: core.
//
//   struct Point { double x = 1, y = 2; };
//   reflect::for_each(point, [](std::string_view name, auto& field) { ... });   // "x", then "y"
//   static_assert(reflect::names<Point>()[1] == "y");
//
// A reflected type is an aggregate of at most 32 fields, without base classes, C arrays, bit-fields
// and references; anything else is refused at compile time. A type that cannot be one (private
// fields, a constructor, more fields) lists its fields itself, and this list wins. One function
// serves const and non-const:
//
//   template <class Self, class F> static void fields(Self& self, F&& f) { f("x", self.x_); }
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace attune::reflect {

// The most fields that are seen without a `fields` function.
inline constexpr std::size_t max_fields = 32;

// Hidden: two plugins may each have a struct of the same name and other fields.
#pragma GCC visibility push(hidden)
namespace detail {

struct Ignore {
  template <class T>
  void operator()(std::string_view, T&) const {}
};

// Stands for a value of whatever type a field has; never evaluated.
template <std::size_t>
struct Any {
  template <class T>
  operator T() const noexcept {
    __builtin_unreachable();
  }
};

// The same, for proper base classes of T only.
template <class T>
struct AnyBase {
  template <class U>
  requires(std::is_base_of_v<U, T> && !std::is_same_v<U, T>) operator U() const noexcept {
    __builtin_unreachable();
  }
};

template <class T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return requires { T{Any<I>{}...}; };
}

template <class T, std::size_t... I>
constexpr bool takes_base(std::index_sequence<I...>) {
  return requires { T{AnyBase<T>{}, Any<I>{}...}; };
}

template <class T, std::size_t... I>
constexpr bool takes_braces(std::index_sequence<I...>) {
  return requires { T{{Any<I>{}}...}; };
}

template <class T, std::size_t... I>
constexpr bool takes_pair(std::index_sequence<I...>) {
  return requires { T{Any<I>{}..., {Any<0>{}, Any<1>{}}}; };
}

template <class T, std::size_t... I, std::size_t... J>
constexpr bool takes_pair(std::index_sequence<I...>, std::index_sequence<J...>) {
  return requires { T{Any<I>{}..., {Any<0>{}, Any<1>{}}, Any<J>{}...}; };
}

// The most initializers that T accepts: its number of fields, unless a C array takes several.
template <class T, std::size_t N>
constexpr std::size_t most_initializers() {
  if constexpr (N == 0) {
    return 0;
  } else if constexpr (takes<T>(std::make_index_sequence<N>{})) {
    return N;
  } else {
    return most_initializers<T, N - 1>();
  }
}

template <class T>
inline constexpr std::size_t initializers = most_initializers<T, max_fields + 1>();

// A C array of several elements shows itself when `{any, any}` in its place leaves fewer places.
template <class T, std::size_t I = 0>
constexpr bool has_array() {
  constexpr std::size_t n = initializers<T>;
  if constexpr (I + 1 >= n) {
    return false;
  } else if constexpr (I == 0 && takes_braces<T>(std::make_index_sequence<n>{})) {
    return false;  // the common case in one step
  } else if constexpr (takes_pair<T>(std::make_index_sequence<I>{}) &&
                       !takes_pair<T>(std::make_index_sequence<I>{},
                                      std::make_index_sequence<n - I - 1>{})) {
    return true;
  } else {
    return has_array<T, I + 1>();
  }
}

template <class T>
constexpr bool has_base() {
  constexpr std::size_t n = initializers<T>;
  if constexpr (n == 0) {
    return false;
  } else {
    return takes_base<T>(std::make_index_sequence<n - 1>{});
  }
}

// Refuses what would be seen wrongly; true if T can be taken apart.
template <class T>
constexpr bool checked() {
  constexpr bool aggregate = std::is_aggregate_v<T>;
  static_assert(aggregate,
                "attune::reflect: this type has a constructor, private fields or virtual functions:"
                " make it an aggregate or give it a static member function `fields(self, f)`");
  if constexpr (aggregate) {
    constexpr bool few = initializers<T> <= max_fields;
    static_assert(few,
                  "attune::reflect: this type has more than 32 fields: group them in nested structs"
                  " or give it a static member function `fields(self, f)`");
    if constexpr (few) {
      constexpr bool seen = initializers < T >> 0 || std::is_empty_v<T>;
      static_assert(seen,
                    "attune::reflect: this type has a field that cannot be seen (a reference?):"
                    " hold a value or give the type a static member function `fields(self, f)`");
      constexpr bool base = has_base<T>();
      static_assert(!base,
                    "attune::reflect: this type has a base class: hold it as a field instead"
                    " or give the type a static member function `fields(self, f)`");
      if constexpr (seen && !base) {
        constexpr bool array = has_array<T>();
        static_assert(!array,
                      "attune::reflect: this type has a C array field: use std::array instead"
                      " or give the type a static member function `fields(self, f)`");
        return !array;
      }
    }
  }
  return false;
}

// References to the fields, by number. std::tuple would do, at five times the compile time.
template <std::size_t I, class T>
struct Slot {
  T& field;
};

template <class Index, class... T>
struct Slots;

template <std::size_t... I, class... T>
struct Slots<std::index_sequence<I...>, T...> : Slot<I, T>... {};

template <class... T>
constexpr auto slots(T&... field) {
  static_assert((!std::is_array_v<T> && ...),
                "attune::reflect: this type has a C array field: use std::array instead");
  return Slots<std::index_sequence_for<T...>, T...>{{field}...};
}

template <std::size_t I, class T>
constexpr T& get(const Slot<I, T>& slot) {
  return slot.field;
}

// clang-format off
template <class T>
constexpr auto take_apart(T& o) {
  constexpr std::size_t n = initializers<std::remove_const_t<T>>;
  if constexpr (n == 0) {
    return slots();
  } else if constexpr (n == 1) {
    auto& [a] = o; return slots(a);
  } else if constexpr (n == 2) {
    auto& [a,b] = o; return slots(a,b);
  } else if constexpr (n == 3) {
    auto& [a,b,c] = o; return slots(a,b,c);
  } else if constexpr (n == 4) {
    auto& [a,b,c,d] = o; return slots(a,b,c,d);
  } else if constexpr (n == 5) {
    auto& [a,b,c,d,e] = o; return slots(a,b,c,d,e);
  } else if constexpr (n == 6) {
    auto& [a,b,c,d,e,f] = o; return slots(a,b,c,d,e,f);
  } else if constexpr (n == 7) {
    auto& [a,b,c,d,e,f,g] = o; return slots(a,b,c,d,e,f,g);
  } else if constexpr (n == 8) {
    auto& [a,b,c,d,e,f,g,h] = o; return slots(a,b,c,d,e,f,g,h);
  } else if constexpr (n == 9) {
    auto& [a,b,c,d,e,f,g,h,i] = o; return slots(a,b,c,d,e,f,g,h,i);
  } else if constexpr (n == 10) {
    auto& [a,b,c,d,e,f,g,h,i,j] = o; return slots(a,b,c,d,e,f,g,h,i,j);
  } else if constexpr (n == 11) {
    auto& [a,b,c,d,e,f,g,h,i,j,k] = o; return slots(a,b,c,d,e,f,g,h,i,j,k);
  } else if constexpr (n == 12) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l] = o; return slots(a,b,c,d,e,f,g,h,i,j,k,l);
  } else if constexpr (n == 13) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m] = o; return slots(a,b,c,d,e,f,g,h,i,j,k,l,m);
  } else if constexpr (n == 14) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p] = o; return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p);
  } else if constexpr (n == 15) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q] = o; return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q);
  } else if constexpr (n == 16) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r] = o; return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r);
  } else if constexpr (n == 17) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s] = o; return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s);
  } else if constexpr (n == 18) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t] = o;
    return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t);
  } else if constexpr (n == 19) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u] = o;
    return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u);
  } else if constexpr (n == 20) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v] = o;
    return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v);
  } else if constexpr (n == 21) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w] = o;
    return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w);
  } else if constexpr (n == 22) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x] = o;
    return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x);
  } else if constexpr (n == 23) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y] = o;
    return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y);
  } else if constexpr (n == 24) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z] = o;
    return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z);
  } else if constexpr (n == 25) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z,A] = o;
    return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z,A);
  } else if constexpr (n == 26) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z,A,B] = o;
    return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z,A,B);
  } else if constexpr (n == 27) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z,A,B,C] = o;
    return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z,A,B,C);
  } else if constexpr (n == 28) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D] = o;
    return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D);
  } else if constexpr (n == 29) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D,E] = o;
    return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D,E);
  } else if constexpr (n == 30) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D,E,F] = o;
    return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D,E,F);
  } else if constexpr (n == 31) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D,E,F,G] = o;
    return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D,E,F,G);
  } else if constexpr (n == 32) {
    auto& [a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D,E,F,G,H] = o;
    return slots(a,b,c,d,e,f,g,h,i,j,k,l,m,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D,E,F,G,H);
  }
}
// clang-format on

template <class T>
struct Box {
  T value;
};

// Declared and never defined: only addresses within it are named.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif
template <class T>
extern const Box<T> nowhere;

template <class T>
struct Pointer {  // clang 14 spells the member only for a pointer within a literal class
  T* to;
};
template <class T>
Pointer(T*) -> Pointer<T>;

// Also what names beyond ASCII are made of, and what compilers allow besides.
constexpr bool is_word(char c) {
  return c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') ||
         (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The last identifier of what the compiler says about P, a pointer to a field.
template <auto P>
constexpr std::string_view name_of() {
  std::string_view text = __PRETTY_FUNCTION__;
  text = text.substr(0, text.find("; std::string_view"));  // g++ explains its alias
  std::size_t end = text.size();
  while (end > 0 && !is_word(text[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_word(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

template <class T, std::size_t I>
struct Name {  // not a variable template: g++ 12 would not hide it
  static constexpr std::string_view value =
      name_of<Pointer{&get<I>(take_apart(nowhere<T>.value))}>();
};
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

}  // namespace detail
#pragma GCC visibility pop

// True if T lists its fields by a static member function `fields(self, f)`. A class derived from
// one that does must list its own, its base's among them: the language does not tell whose list it
// is.
template <class T>
concept Listed = requires(std::remove_const_t<T>& object) {
  std::remove_const_t<T>::fields(object, detail::Ignore{});
};

// True if for_each takes a T or fails with a reason: T lists its fields or is an aggregate class.
template <class T>
concept Struct = Listed<T> ||(std::is_class_v<T>&& std::is_aggregate_v<std::remove_const_t<T>>);

// The number of fields of an aggregate, known at compile time.
template <class T>
constexpr std::size_t count() {
  using Plain = std::remove_const_t<T>;
  static_assert(!Listed<T>, "attune::reflect: a type that lists its fields has no constant count");
  if constexpr (detail::checked<Plain>()) return detail::initializers<Plain>;
  return 0;
}

// The names of the fields of an aggregate in declaration order: static storage, no closing zero.
template <class T>
constexpr std::array<std::string_view, count<T>()> names() {
  using Plain = std::remove_const_t<T>;
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<std::string_view, sizeof...(I)>{detail::Name<Plain, I>::value...};
  }
  (std::make_index_sequence<count<T>()>{});
}

// The field number I of an aggregate, const when the object is.
template <std::size_t I, class T>
constexpr auto& field(T& object) {
  static_assert(I < count<T>());
  return detail::get<I>(detail::take_apart(object));
}

// Calls f(name, field) for every field in declaration order; `field` is a reference, const when
// the object is. Names are std::string_view on static storage.
template <class T, class F>
constexpr void for_each(T& object, F&& f) {
  using Plain = std::remove_const_t<T>;
  if constexpr (Listed<Plain>) {
    Plain::fields(object, f);
  } else if constexpr (count<T>() > 0) {
    auto fields = detail::take_apart(object);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (f(detail::Name<Plain, I>::value, detail::get<I>(fields)), ...);
    }
    (std::make_index_sequence<count<T>()>{});
  }
}

}  // namespace attune::reflect
