"""Many arrays, handed to a compiled function as one pointer.

A tuple of a hundred arrays is seven hundred numbers to a compiler, in every function and at every call: most
of the time of compiling went there. Behind a pointer it is one number, and `held.deals` reads as before.
"""

from __future__ import annotations

from typing import Any

from funnelsim.engine.compiled.jit import THERE

if THERE:
    from numba.core import cgutils, types
    from numba.core.datamodel import models
    from numba.core.typing.templates import AttributeTemplate
    from numba.extending import infer_getattr, intrinsic, lower_getattr_generic, register_model

    class Held(types.Type):
        """A pointer to a named tuple that lives as long as the function that has made it."""

        def __init__(self, what: Any):
            self.what = what
            super().__init__(name=f"Held({what.instance_class.__name__}, {len(what.types)})")

        @property
        def key(self) -> Any:
            return self.what

        def type_of(self, field: str) -> Any:
            """What a field is, None where there is none; a tuple within is held as well."""
            if field not in self.what.fields:
                return None
            found = self.what.types[self.what.fields.index(field)]
            return Held(found) if isinstance(found, types.BaseNamedTuple) else found

    @register_model(Held)
    class _HeldModel(models.PrimitiveModel):
        def __init__(self, dmm: Any, fe_type: Held):
            super().__init__(dmm, fe_type, dmm.lookup(fe_type.what).get_value_type().as_pointer())

    @infer_getattr
    class _HeldFields(AttributeTemplate):
        key = Held

        def generic_resolve(self, value: Any, attr: str) -> Any:  # type: ignore[override]
            return value.type_of(attr)

    @lower_getattr_generic(Held)
    def _field(context: Any, builder: Any, held: Held, pointer: Any, field: str) -> Any:
        place = cgutils.gep_inbounds(builder, pointer, 0, held.what.fields.index(field))
        return place if isinstance(held.type_of(field), Held) else builder.load(place)

    @intrinsic
    def _behind_a_pointer(typing: Any, what: Any) -> Any:

        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return cgutils.alloca_once_value(builder, values[0])

        return Held(what)(what), code


def _itself(what: Any) -> Any:
    return what


held: Any = _behind_a_pointer if THERE else _itself
"""A named tuple of arrays behind a pointer, valid until the compiled function returns that asks for it; the
tuple itself where nothing is compiled."""
