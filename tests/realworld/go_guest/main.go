// A Go program of ordinary habits: goroutines and channels, a map sorted by its keys, JSON,
// files in a mounted directory, a regular expression, a sleep, and an exit code of its own.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"sync"
	"time"
)

type bird struct {
	Name     string   `json:"name"`
	Wingspan int      `json:"wingspan_cm"`
	Colours  []string `json:"colours"`
}

// sumOfSquares spreads its work over goroutines and adds their answers up.
func sumOfSquares(upTo, workers int) int {
	numbers := make(chan int)
	answers := make(chan int, workers)
	var group sync.WaitGroup
	for i := 0; i < workers; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			sum := 0
			for n := range numbers {
				sum += n * n
			}
			answers <- sum
		}()
	}
	for n := 1; n <= upTo; n++ {
		numbers <- n
	}
	close(numbers)
	group.Wait()
	close(answers)
	total := 0
	for sum := range answers {
		total += sum
	}
	return total
}

// throughAFile writes birds below the mounted directory and reads them again.
func throughAFile(dir string) error {
	birds := []bird{
		{"Bohemian waxwing", 34, []string{"grey", "red", "yellow"}},
		{"Cedar waxwing", 26, []string{"brown"}},
	}
	text, err := json.MarshalIndent(birds, "", "  ")
	if err != nil {
		return err
	}
	nest := filepath.Join(dir, "nest")
	if err := os.MkdirAll(filepath.Join(nest, "deep"), 0o755); err != nil {
		return err
	}
	file := filepath.Join(nest, "deep", "birds.json")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return err
	}
	back, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var again []bird
	if err := json.Unmarshal(back, &again); err != nil {
		return err
	}
	fmt.Println("birds:", len(again), again[0].Name, again[1].Colours)
	err = filepath.WalkDir(nest, func(path string, entry fs.DirEntry, err error) error {
		if err == nil {
			fmt.Println("walk:", path, entry.IsDir())
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = os.Stat(filepath.Join(dir, "absent"))
	fmt.Println("absent:", errors.Is(err, fs.ErrNotExist))
	return os.RemoveAll(nest)
}

func main() {
	fmt.Println("args:", os.Args[1:])
	fmt.Println("BIRD:", os.Getenv("BIRD"))
	counts := map[string]int{}
	word := regexp.MustCompile(`[A-Za-z]+`)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		for _, found := range word.FindAllString(lines.Text(), -1) {
			counts[found]++
		}
	}
	words := make([]string, 0, len(counts))
	for w := range counts {
		words = append(words, w)
	}
	sort.Strings(words)
	for _, w := range words {
		fmt.Println(counts[w], w)
	}
	fmt.Println("squares:", sumOfSquares(10000, 4))
	started := time.Now()
	time.Sleep(20 * time.Millisecond)
	fmt.Println("slept:", time.Since(started) >= 20*time.Millisecond)
	if len(os.Args) > 1 {
		if err := throughAFile(os.Args[1]); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
	}
	os.Exit(4)
}
