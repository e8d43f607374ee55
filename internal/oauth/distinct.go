package oauth

// distinct says that no two texts are equal, and puts them in order. A map, or slices.Sort, would cost twelve times the
// bytes, and comparing all pairs would let a server keep us busy.
func distinct(texts []string) bool {
	for i := len(texts)/2 - 1; i >= 0; i-- {
		siftDown(texts, i)
	}
	for n := len(texts) - 1; n > 0; n-- {
		texts[0], texts[n] = texts[n], texts[0]
		siftDown(texts[:n], 0)
	}
	for i := 1; i < len(texts); i++ {
		if texts[i] == texts[i-1] {
			return false
		}
	}
	return true
}

// siftDown moves the text at i of a heap below those of its children that are greater.
func siftDown(texts []string, i int) {
	for child := 2*i + 1; child < len(texts); child = 2*i + 1 {
		if child+1 < len(texts) && texts[child] < texts[child+1] {
			child++
		}
		if texts[i] >= texts[child] {
			return
		}
		texts[i], texts[child] = texts[child], texts[i]
		i = child
	}
}
