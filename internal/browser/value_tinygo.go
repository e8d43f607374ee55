//go:build js && wasm && tinygo

package browser

import (
	"errors"
	"unsafe"
)

var errThrew = errors.New("JavaScript threw")

func checked(r reference) (reference, error) {
	if r == threw {
		return 0, errThrew
	}
	return r, nil
}

func kindOf(r reference) kind { return kind(r & 7) }
func boolOf(r reference) bool { return r == trueReference }

func getProperty(r reference, name string) (reference, error) { return checked(hostGet(r, name)) }

func setProperty(r reference, name string, x reference) error {
	_, err := checked(hostSet(r, name, x))
	return err
}

func callMethod(r reference, name string, args []any) (reference, error) {
	first, count := lowered(args)
	return checked(hostCall(r, name, first, count))
}

func invokeFunction(r reference, args []any) (reference, error) {
	first, count := lowered(args)
	return checked(hostInvoke(r, first, count))
}

func constructObject(r reference, args []any) (reference, error) {
	first, count := lowered(args)
	return checked(hostConstruct(r, first, count))
}

func lowered(args []any) (first *reference, count uint32) {
	refs := make([]reference, len(args))
	for i, arg := range args {
		refs[i] = arg.(reference)
	}
	return unsafe.SliceData(refs), uint32(len(refs))
}
